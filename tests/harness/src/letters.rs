//! A letter put into an agent's mailbox as the town's mail server would, by its Maildir on the
//! server's disk.
//!
//! Duties: deliver. Never: a mail protocol.

use crate::agents::Agent;
use crate::town::Town;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::fs;
use std::os::unix::fs::{MetadataExt, chown};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// A letter in the inbox; gone from there when this is dropped.
pub struct Letter(PathBuf);

impl Letter {
    /// Delivers a text and a one-page PDF with a text of its own. The newest letter is the first of
    /// the list.
    ///
    /// # Panics
    /// When there is no such mailbox.
    #[must_use]
    pub fn to(town: &Town, agent: &Agent, subject: &str, text: &str, pdf_text: &str) -> Self {
        let inbox = town.state().join("mail").join(&agent.login).join("INBOX/cur");
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("a clock");
        let path = inbox.join(format!("{}.M{}.letter:2,", now.as_secs(), now.subsec_micros()));
        let to = format!("{}@mairie.example", agent.login);
        let message = format!(
            "From: <secretariat@mairie.example>\nTo: <{to}>\nSubject: =?utf-8?B?{}?=\nMIME-Version: 1.0\n\
             Content-Type: multipart/mixed; boundary=\"=-letter\"\n\n--=-letter\n\
             Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n{text}\n--=-letter\n\
             Content-Type: application/pdf\nContent-Transfer-Encoding: base64\n\
             Content-Disposition: attachment; filename=\"lettre.pdf\"\n\n{}\n--=-letter--\n",
            STANDARD.encode(subject),
            folded(&STANDARD.encode(pdf(pdf_text))),
        );
        fs::write(&path, message)
            .unwrap_or_else(|error| panic!("write {}: {error}", path.display()));
        give(&path, &inbox);
        Self(path)
    }
}

impl Drop for Letter {
    fn drop(&mut self) {
        // Read meanwhile, it has other flags behind its colon.
        let name = self.0.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let stem = name.split(':').next().unwrap_or_default();
        for entry in self.0.parent().map(fs::read_dir).into_iter().flatten().flatten().flatten() {
            if entry.file_name().to_string_lossy().starts_with(stem) {
                let _gone = fs::remove_file(entry.path());
            }
        }
    }
}

fn give(path: &Path, like: &Path) {
    let owner = fs::metadata(like).expect("look at the mailbox");
    chown(path, Some(owner.uid()), Some(owner.gid())).expect("give the letter away");
}

fn folded(text: &str) -> String {
    let lines: Vec<&str> = text
        .as_bytes()
        .chunks(76)
        .map(|line| std::str::from_utf8(line).unwrap_or_default())
        .collect();
    lines.join("\n")
}

/// One A4 page with one line.
fn pdf(text: &str) -> Vec<u8> {
    let letters: String = text.chars().filter(char::is_ascii).collect();
    let stream = format!("BT /F1 20 Tf 56 740 Td ({letters}) Tj ET");
    let font = "<</Type/Font/Subtype/Type1/Encoding/WinAnsiEncoding/BaseFont/Helvetica>>";
    let objects = [
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        "<</Type/Pages/Kids[3 0 R]/Count 1>>".to_owned(),
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>".to_owned(),
        format!("<</Length {}>>stream\n{stream}\nendstream", stream.len()),
        font.to_owned(),
    ];
    document(&objects)
}

/// A PDF of one page of 600 by 800 points that shows this drawing, with more entries in its catalog
/// and at most one annotation, all of it as ISO 32000-1 writes them.
#[must_use]
pub fn pdf_page(catalog: &str, drawing: &str, annotation: Option<&str>) -> Vec<u8> {
    let annots = annotation.map_or("", |_| "/Annots[5 0 R]");
    document(&[
        format!("<</Type/Catalog/Pages 2 0 R{catalog}>>"),
        "<</Type/Pages/Kids[3 0 R]/Count 1>>".to_owned(),
        format!("<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R{annots}>>"),
        format!("<</Length {}>>stream\n{drawing}\nendstream", drawing.len()),
        annotation.unwrap_or("null").to_owned(),
    ])
}

/// A PDF of these objects, the first of which is its catalog (ISO 32000-1, 7.5).
fn document(objects: &[String]) -> Vec<u8> {
    let (mut text, mut places) = (String::from("%PDF-1.7\n"), Vec::new());
    for (number, object) in (1..).zip(objects) {
        places.push(text.len());
        text += &format!("{number} 0 obj\n{object}\nendobj\n");
    }
    let (table, size) = (text.len(), objects.len() + 1);
    let lines: String = places.iter().map(|place| format!("{place:010} 00000 n \n")).collect();
    text += &format!(
        "xref\n0 {size}\n0000000000 65535 f \n{lines}trailer\n<</Size {size}/Root 1 0 R>>\nstartxref\n{table}\n%%EOF\n"
    );
    text.into_bytes()
}

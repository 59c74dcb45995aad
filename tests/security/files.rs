//! Rows 7, 8 and 51: no file comes in, none is kept, and those that cannot be shown are refused
//! with a word. PDF and pictures of a mail are shown within the page.

use crate::lure::{Lured, lured};
use crate::mail::letter;
use borne_harness::agents::agent;
use borne_harness::report::attempt;
use borne_harness::screen::{Frame, Region};
use borne_harness::trap::Answer;
use borne_harness::visit::{INBOX, SCREEN};
use borne_harness::{groupware, processes, touch, wait_for};
use borne_ipc::Role;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// "Retour" above a document.
const STRIP: touch::Point = (100, 86);
/// What a document shows, below its strip.
const SHOWN: Region = Region { x: 0, y: 130, width: 1280, height: 670 };

/// Files in what the session may write: /tmp, its home, /run, /dev/shm, as its processes see them.
fn files() -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    for pid in processes::of_user(Role::Browser.uid()) {
        if processes::name(pid) != "kiosk-browser" {
            continue;
        }
        for directory in ["tmp", "home/agent", "run", "dev/shm"] {
            let root = PathBuf::from(format!("/proc/{pid}/root"));
            below(&root.join(directory), &root, &mut found);
        }
    }
    found
}

fn below(directory: &Path, root: &Path, found: &mut BTreeSet<PathBuf>) {
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        let kind = entry.file_type().expect("what it is");
        if kind.is_dir() {
            below(&entry.path(), root, found);
        } else if kind.is_file() {
            found.insert(entry.path().strip_prefix(root).expect("below the root").to_owned());
        }
    }
}

#[test]
fn no_file_can_be_chosen() {
    let lured = lured();
    let tried = attempt(
        7,
        "<input type=file>, multiple, directory, capture, showPicker, showOpenFilePicker, by script and by touch",
    );
    for fields in
        ["", "multiple: true", "webkitdirectory: true", "accept: 'image/*', capture: 'user'"]
    {
        lured.page.run(&format!(
            "document.querySelector('input')?.remove(); document.body.append(Object.assign(document.createElement('input'), {{ type: 'file', {fields} }}));
             document.querySelector('input').oncancel = document.querySelector('input').onchange = event => window.told = event.type; return 1"
        ));
        for how in ["click()", "showPicker()"] {
            let run = format!(
                "try {{ document.querySelector('input').{how} }} catch {{}} return document.querySelector('input').files.length"
            );
            assert_eq!(lured.page.run(&run), "0");
            assert_eq!(lured.run_touched(&run), "0");
            // With the rights of a touch the engine asks: the answer is a word, and no file.
            lured.dismiss_notice();
            assert_eq!(lured.page.run("return document.querySelector('input').files.length"), "0");
        }
    }
    assert_eq!(
        lured
            .page
            .run("return [typeof showOpenFilePicker, typeof showDirectoryPicker, typeof webkitRequestFileSystem]"),
        r#"["undefined","undefined","undefined"]"#
    );
    lured.unmoved();
    tried.held();
    lured.leave("file dialogs");
}

#[test]
fn nothing_is_saved() {
    let lured = lured();
    let tried = attempt(
        8,
        "download attribute of blob, data: and server; Content-Disposition of page, frame and PDF; unknown types; by script and by touch",
    );
    for (path, media_type, disposition) in [
        ("/file.bin", "application/octet-stream", ""),
        ("/file.txt", "text/plain", "attachment; filename=x.txt"),
        ("/file.pdf", "application/pdf", "attachment; filename=x.pdf"),
        ("/file.html", "text/html", "attachment; filename=x.html"),
        ("/file.exe", "application/x-msdownload", ""),
    ] {
        let answer = Answer::of(media_type, "CONTENU-A-SAUVER");
        lured.trap.serve(
            path,
            if disposition.is_empty() {
                answer
            } else {
                answer.field("Content-Disposition", disposition)
            },
        );
    }
    let before = files();
    assert!(
        before.iter().any(|path| path.display().to_string().contains("content-filter")),
        "positive control: {before:?}"
    );
    let save = "const urls = [URL.createObjectURL(new Blob(['CONTENU-A-SAUVER'], { type: 'application/octet-stream' })), 'data:application/octet-stream,CONTENU-A-SAUVER', '/file.bin', '/file.exe'];
        for (const href of urls) { const link = Object.assign(document.createElement('a'), { href, download: 'x.bin' }); document.body.append(link); link.click(); link.remove();
            const frame = Object.assign(document.createElement('iframe'), { src: href }); document.body.append(frame); }
        for (const src of ['/file.txt', '/file.pdf', '/file.html']) { const frame = Object.assign(document.createElement('iframe'), { src }); document.body.append(frame); } return 1";
    let clear =
        "document.querySelectorAll('iframe').forEach(frame => frame.remove()); return 'here'";
    lured.page.run(save);
    lured.page.run(clear);
    lured.run_touched(save);
    for path in ["/file.bin", "/file.exe"] {
        let log = lured.world.terminal.log_length();
        lured.page.send(&format!("setTimeout(() => location = {path:?}, 0)"));
        lured.world.wait_for_log(log, "a file was refused", SCREEN);
        lured.dismiss_notice();
    }
    assert_eq!(lured.page.run(clear), "here");
    let new: Vec<PathBuf> = files().difference(&before).cloned().collect();
    let kept: Vec<&PathBuf> = new.iter().filter(|path| holds(path, "CONTENU-A-SAUVER")).collect();
    assert!(kept.is_empty(), "a file was kept: {kept:?} of {new:?}");
    assert!(!new.iter().any(|path| path.display().to_string().contains("ownload")), "{new:?}");
    lured.unmoved();
    tried.held();
    lured.leave("saving");
    let left = wait_for("the standby's own files", INBOX, || Some(files()));
    assert!(
        left.is_subset(&before) || left.len() <= before.len() + 8,
        "files of the session are left: {left:?}"
    );
}

fn holds(path: &Path, text: &str) -> bool {
    processes::of_user(Role::Browser.uid()).into_iter().any(|pid| {
        let file = PathBuf::from(format!("/proc/{pid}/root")).join(path);
        fs::read(file)
            .is_ok_and(|bytes| bytes.windows(text.len()).any(|window| window == text.as_bytes()))
    })
}

fn green(seen: &Frame) -> Option<()> {
    (groupware::count(seen, SHOWN, |[red, green, blue]| green > 150 && red < 80 && blue < 80)
        > 20_000)
        .then_some(())
}

/// Opens an attachment as SOGo's own button does: a window of its own for this address.
fn opens(lured: &Lured, uid: u32, part: u32, name: &str) {
    let url = format!(
        "https://groupware.mairie.example/SOGo/so/a.martin/Mail/0/folderINBOX/{uid}/{part}/{name}"
    );
    assert_eq!(lured.run_touched(&format!("return String(open({url:?}))")), "null");
}

#[test]
fn attachments_that_cannot_be_shown_are_refused_with_a_word_and_the_others_are_shown() {
    let lured = lured();
    let uid = letter("Pieces").deliver(lured.world.hall.town(), &agent("a.martin"));
    // The groupware's session, by single sign-on.
    let log = lured.world.hall.town().state().join("log/nginx.access.log");
    let inbox =
        || fs::read_to_string(&log).unwrap_or_default().matches("/SOGo/so/a.martin/Mail").count();
    let before = inbox();
    lured.run_touched("return String(open('https://groupware.mairie.example/SOGo/'))");
    wait_for("the groupware to know the agent", INBOX, || inbox() > before);
    lured.back_to_the_page();

    let tried = attempt(
        51,
        "office, archive, mail and program attachments of a mail in a real SOGo mailbox",
    );
    for (part, name) in
        [(4, "lettre.docx"), (5, "tableau.ods"), (6, "archive.zip"), (8, "outil.exe")]
    {
        opens(&lured, uid, part, name);
        lured.dismiss_notice();
        lured.unmoved();
    }
    tried.held();
    let tried = attempt(
        51,
        "PDF with a script and a link, picture, SVG with a script, HTML with a script, mail: opened as documents",
    );
    for (part, name) in [(9, "papier.pdf"), (10, "image.png")] {
        opens(&lured, uid, part, name);
        wait_for(name, INBOX, || green(&lured.world.terminal.look()));
        if name == "papier.pdf" {
            // Its link covers it.
            let refused = lured.refused();
            lured.touch((640, 440));
            wait_for("the link of the PDF to be refused", SCREEN, || lured.refused() > refused);
            lured.dismiss_notice();
        }
        lured.back_to_the_page();
        lured.unmoved();
    }
    for (part, name) in [(2, "page.html"), (3, "image.svg"), (7, "message.eml")] {
        opens(&lured, uid, part, name);
        wait_for("the document or a word about it", INBOX, || {
            let seen = lured.world.terminal.look();
            touch::notice(&seen).is_some()
                || groupware::count(&seen, SHOWN, |pixel| pixel != [0xff, 0xf7, 0xe0]) > 400_000
        });
        lured.back_to_the_page();
        lured.unmoved();
    }
    tried.held();
    lured.leave("attachments");
}

impl Lured {
    /// Dismisses what may be said, and leaves a document by its strip if one is open.
    fn back_to_the_page(&self) {
        wait_for("the page itself", INBOX, || {
            if touch::notice(&self.world.terminal.look()).is_some() {
                self.dismiss_notice();
            }
            let there = |seen: &Frame| {
                groupware::count(seen, SHOWN, |pixel| pixel == [0xff, 0xf7, 0xe0]) > 700_000
            };
            if there(&self.world.terminal.look()) {
                return true;
            }
            self.touch(STRIP);
            false
        });
    }
}

//! `backup --to FILE --recipient KEY…`: the gateway encrypts, this writes it down, 0600, whole or not
//! at all. A file that is there is not written over.

use crate::error::CommandError;
use crate::link::Link;
use borne_gateway_api::admin::{AdminAnswer, AdminRequest};
use std::fs::{self, File};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// Makes one.
pub fn run(state: &Path, words: &[&str]) -> Result<String, CommandError> {
    let (mut to, mut recipients, mut rest) = (None, Vec::new(), words);
    loop {
        rest = match *rest {
            [] => break,
            ["--to", file, ref more @ ..] => {
                to = Some(PathBuf::from(file));
                more
            }
            ["--recipient", key, ref more @ ..] => {
                recipients.extend(keys(key)?);
                more
            }
            _ => return Err(CommandError::Usage),
        };
    }
    let to = to.ok_or(CommandError::Word("say where to: --to FILE"))?;
    if recipients.is_empty() {
        return Err(CommandError::Word("say for whom: --recipient age1…, of `age-keygen`"));
    }
    write(state, &to, recipients)
}

fn keys(word: &str) -> Result<Vec<String>, CommandError> {
    if word.starts_with("age1") {
        return Ok(vec![word.to_owned()]);
    }
    let text = fs::read_to_string(word);
    let text = text.map_err(|source| CommandError::Input { what: word.to_owned(), source })?;
    let lines = text.lines().map(str::trim);
    Ok(lines.filter(|line| !line.is_empty() && !line.starts_with('#')).map(str::to_owned).collect())
}

fn write(state: &Path, to: &Path, recipients: Vec<String>) -> Result<String, CommandError> {
    let fault = |source| CommandError::Input { what: to.display().to_string(), source };
    let mut file =
        File::options().write(true).create_new(true).mode(0o600).open(to).map_err(fault)?;
    let work = (|| {
        let mut link = Link::open(state)?;
        match link.ask(&AdminRequest::Backup { recipients })? {
            AdminAnswer::File(bytes) => {
                link.copy(bytes, &mut file)?;
                file.sync_all().map_err(fault)?;
                Ok(format!("{} written, {bytes} bytes\n", to.display()))
            }
            AdminAnswer::Refused(why) => Err(CommandError::Refused(why)),
            _ => Err(CommandError::Answer),
        }
    })();
    if work.is_err() {
        let _half = fs::remove_file(to);
    }
    work
}

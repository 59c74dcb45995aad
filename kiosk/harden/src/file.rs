//! A file that is there whole or not at all.
//!
//! Never: leave the old and the new mixed, or a name that a power cut takes away.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

/// Writes a file with exactly these rights, over what was there. When it returns, the new one is on
/// the disk, its name too; until then, whatever happens, the old one is. It is made beside it as
/// `NAME.new`: nobody else may write into that directory.
///
/// # Errors
/// The file cannot be written; then the old one is as it was.
pub fn replace(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    let mut fresh = path.as_os_str().to_owned();
    fresh.push(".new");
    let fresh = Path::new(&fresh);
    // What a cut has left.
    match fs::remove_file(fresh) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    // Never wider than it will be, not even for a moment.
    let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(fresh)?;
    // The umask has no say in who may read it.
    file.set_permissions(Permissions::from_mode(mode))?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(fresh, path)?;
    sync_directory(path)
}

/// Flushes the directory that a file is in: a new name is on the disk when its directory is.
///
/// # Errors
/// The directory cannot be opened or flushed.
pub fn sync_directory(path: &Path) -> io::Result<()> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    File::open(parent.unwrap_or(Path::new(".")))?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_whole_with_its_rights_and_over_what_a_cut_has_left() {
        let folder = std::env::temp_dir().join(format!("borne-replace-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap_or_default();
        let path = folder.join("kept.key");
        fs::write(folder.join("kept.key.new"), "half").unwrap_or_default();
        for (text, mode) in [("one", 0o600), ("another", 0o644), ("", 0o600)] {
            assert_eq!(replace(&path, text.as_bytes(), mode).ok(), Some(()));
            assert_eq!(fs::read_to_string(&path).ok().as_deref(), Some(text));
            let rights = fs::metadata(&path).map(|data| data.permissions().mode() & 0o777);
            assert_eq!(rights.ok(), Some(mode));
        }
        assert!(!folder.join("kept.key.new").exists());
        // Where it cannot be made, what was there stays.
        fs::create_dir_all(folder.join("kept.key.new")).unwrap_or_default();
        assert!(replace(&path, b"never", 0o600).is_err());
        assert_eq!(fs::read_to_string(&path).ok().as_deref(), Some(""));
        fs::remove_dir_all(&folder).unwrap_or_default();
    }
}

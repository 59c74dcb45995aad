//! Files that nobody else may read. Written whole or not at all, whatever happens meanwhile.

use crate::state_dir::StateError;
use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

/// Reads a whole file.
pub fn read(path: &Path) -> Result<Vec<u8>, StateError> {
    fs::read(path).map_err(|source| StateError::File { path: path.to_owned(), source })
}

/// The same; `None` only when there is no such file. One that may not be read is not missing.
pub fn read_if_there(path: &Path) -> Result<Option<Vec<u8>>, StateError> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(source) if source.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(StateError::File { path: path.to_owned(), source }),
    }
}

/// Writes a file, 0600, over what was there.
pub fn write_private(path: &Path, bytes: &[u8]) -> Result<(), StateError> {
    write(path, bytes, 0o600)
}

/// Writes a file with these rights, over what was there; after a power cut it is the old or the new.
pub fn write(path: &Path, bytes: &[u8], mode: u32) -> Result<(), StateError> {
    let work = || {
        let mut name = path.as_os_str().to_owned();
        name.push(".new");
        let fresh = Path::new(&name);
        match fs::remove_file(fresh) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(fresh)?;
        // Past the umask, which closes all that is not said.
        file.set_permissions(Permissions::from_mode(mode))?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(fresh, path)?;
        sync_folder(path)
    };
    work().map_err(|source| StateError::File { path: path.to_owned(), source })
}

/// A new name is on the disk when its folder is.
pub fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(path.parent().unwrap_or(Path::new("/")))?.sync_all()
}

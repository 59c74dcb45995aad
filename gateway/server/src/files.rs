//! Files that nobody else may read. Written whole or not at all, whatever happens meanwhile.

use crate::state_dir::StateError;
use borne_harden::file;
use std::path::Path;
use std::{fs, io};
use zeroize::Zeroizing;

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

/// Writes a file with these rights; another one that was there is kept as `NAME.before`.
pub fn write_over(path: &Path, bytes: &[u8], mode: u32) -> Result<(), StateError> {
    if let Some(before) = read_if_there(path)?.map(Zeroizing::new)
        && *before != bytes
    {
        write(&path.with_added_extension("before"), &before, mode)?;
    }
    write(path, bytes, mode)
}

/// Writes a file with these rights, over what was there; after a power cut it is the old or the new.
pub fn write(path: &Path, bytes: &[u8], mode: u32) -> Result<(), StateError> {
    let written = file::replace(path, bytes, mode);
    written.map_err(|source| StateError::File { path: path.to_owned(), source })
}

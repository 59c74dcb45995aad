//! Why a command failed, in words for the operator.

use crate::decode::Undecodable;
use crate::lines::BadLine;
use crate::link::LinkError;

/// A command failed.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// Not a command.
    #[error("not a command; `bornectl help` lists them")]
    Usage,
    /// A word of it is not what it must be.
    #[error("{0}")]
    Word(&'static str),
    /// The gateway could not be asked.
    #[error(transparent)]
    Link(#[from] LinkError),
    /// The gateway said no.
    #[error("{0}")]
    Refused(String),
    /// The gateway answered another question.
    #[error(
        "the gateway's answer does not belong to this command (is bornectl of the same version?)"
    )]
    Answer,
    /// Standard input or the file to import cannot be read.
    #[error("cannot read {what}: {source}")]
    Input { what: String, source: std::io::Error },
    /// The file to import is no text.
    #[error("{what}: {why}")]
    Encoding { what: String, why: Undecodable },
    /// A line to import is not one.
    #[error("line {}: {}; lines before it have been imported", .0.number, .0.why)]
    Line(BadLine),
    /// A line to import was refused.
    #[error("line {number}: {why}; lines before it have been imported")]
    LineRefused { number: usize, why: String },
}

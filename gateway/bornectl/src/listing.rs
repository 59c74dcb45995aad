//! How a listing is shown: as a table, or as JSON.

use crate::error::CommandError;
use crate::link::LinkError;
use crate::{json, table};
use serde::Serialize;

/// What the operator wants to see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    Table,
    Json,
}

impl Shape {
    /// What the words ask for, and the words without it.
    pub fn of<'a>(words: &[&'a str]) -> Result<(Self, Vec<&'a str>), CommandError> {
        let rest: Vec<&str> = words.iter().copied().filter(|word| *word != "--json").collect();
        match (words.len() - rest.len(), &rest[..]) {
            (0, _) => Ok((Self::Table, rest)),
            (1, [_, "list"] | ["audit", ..]) => Ok((Self::Json, rest)),
            _ => Err(CommandError::Word("--json goes once with a `list` or with `audit`")),
        }
    }
}

/// Lines of an answer.
pub trait Listing {
    /// Lays them out.
    fn show(&self, shape: Shape) -> Result<String, CommandError>;
}

impl<L: table::Row + Serialize> Listing for Vec<L> {
    fn show(&self, shape: Shape) -> Result<String, CommandError> {
        match shape {
            Shape::Table => Ok(table::lay_out(self)),
            Shape::Json => json::lay_out(self).map_err(|error| LinkError::from(error).into()),
        }
    }
}

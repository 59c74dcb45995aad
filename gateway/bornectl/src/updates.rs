//! The words after `update`.

use crate::error::CommandError;
use borne_gateway_api::admin::{AdminRequest, Terminals};

/// `VERSION URL [--hours H] [--sha256 S] NAME...|--all`; the gateway judges what is in it.
pub fn offer(version: &str, url: &str, rest: &[&str]) -> Result<AdminRequest, CommandError> {
    let version = version
        .parse()
        .map_err(|_| CommandError::Word("a version is a day and a number, like 20261124.1"))?;
    let (mut hours, mut manifest_sha256, mut rest) = (None, None, rest);
    loop {
        match *rest {
            ["--hours", text, ref more @ ..] => {
                hours = Some(text.parse().map_err(CommandError::Word)?);
                rest = more;
            }
            ["--sha256", text, ref more @ ..] => {
                manifest_sha256 = Some(text.to_owned());
                rest = more;
            }
            _ => break,
        }
    }
    let terminals = terminals(rest)?;
    Ok(AdminRequest::UpdateOffer {
        version,
        url: url.to_owned(),
        manifest_sha256,
        hours,
        terminals,
    })
}

/// Nobody is meant by saying nothing.
pub fn terminals(names: &[&str]) -> Result<Terminals, CommandError> {
    match names {
        [] => Err(CommandError::Word("name the terminals, or say --all")),
        ["--all"] => Ok(Terminals::All),
        names if names.iter().any(|name| name.starts_with('-')) => Err(CommandError::Usage),
        names => Ok(Terminals::Named(names.iter().map(|name| (*name).to_owned()).collect())),
    }
}

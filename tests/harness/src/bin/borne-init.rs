//! `borne-init PLAN.json`: keeps the units of the plan running; see `borne_harness::init`.

use borne_harness::init;
use std::process::ExitCode;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let Some(path) = std::env::args_os().nth(1) else {
        eprintln!("usage: borne-init PLAN.json");
        return ExitCode::from(2);
    };
    let plan = std::fs::read(&path).map_err(|error| error.to_string());
    let plan =
        plan.and_then(|text| serde_json::from_slice(&text).map_err(|error| error.to_string()));
    let plan: init::Plan = match plan {
        Ok(plan) => plan,
        Err(error) => {
            eprintln!("borne-init: read {}: {error}", path.display());
            return ExitCode::FAILURE;
        }
    };
    match init::run(plan).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("borne-init: {error}");
            ExitCode::FAILURE
        }
    }
}

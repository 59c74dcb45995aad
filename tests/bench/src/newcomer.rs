//! What `make newcomer` measured last: a bare machine takes longer to set up than everything else
//! here.

use serde_json::Value;
use std::fs;
use std::path::Path;

/// `target/newcomer.json`, if it was made at this commit; a figure of another one is not repeated.
pub fn of(output: &Path, commit: &Value) -> Value {
    let text = fs::read_to_string(output.join("newcomer.json")).unwrap_or_default();
    let figures: Value = serde_json::from_str(&text).unwrap_or_default();
    if figures["commit"].is_string() && figures["commit"] == *commit {
        return figures;
    }
    println!("bench: no newcomer's first picture at this commit; `make newcomer` measures it");
    Value::Null
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_figure_of_another_commit_is_not_repeated() {
        let output = std::env::temp_dir().join(format!("newcomer-{}", std::process::id()));
        fs::create_dir_all(&output).unwrap();
        assert_eq!(of(&output, &json!("a")), Value::Null, "none was measured");
        fs::write(
            output.join("newcomer.json"),
            r#"{"commit": "a", "newcomer_first_picture_s": 1}"#,
        )
        .unwrap();
        assert_eq!(of(&output, &json!("a"))["newcomer_first_picture_s"], 1);
        assert_eq!(of(&output, &json!("b")), Value::Null);
        fs::remove_dir_all(&output).unwrap();
    }
}

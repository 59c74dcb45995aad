//! A town's badges out of a spreadsheet.

use crate::gateway;
use borne_harness::gateway::Gateway;
use std::fs;

const ROWS: [[&str; 3]; 2] =
    [["Zoë.Müller", "04F1825CA73682", "259836"], ["jean.d’angelo", "7C3FA219", "652947"]];

fn import(gateway: &Gateway, bytes: &[u8]) -> Result<String, String> {
    let file = gateway.config().with_file_name("badges");
    fs::write(&file, bytes).unwrap();
    let said = gateway.bornectl(&["badge", "import", file.to_str().unwrap()], "");
    for login in ["zoë.müller", "jean.d’angelo", "jean.d'angelo"] {
        let _there_or_not = gateway.bornectl(&["badge", "remove", "--login", login], "");
    }
    said
}

fn text(separator: &str) -> String {
    ROWS.map(|row| row.join(separator) + "\r\n").concat()
}

#[test]
fn what_a_spreadsheet_saves_is_imported() {
    let gateway = gateway();
    let utf16 = |text: &str, order: fn(u16) -> [u8; 2]| -> Vec<u8> {
        format!("\u{feff}{text}").encode_utf16().flat_map(order).collect()
    };
    let ansi = |text: &str| -> Vec<u8> {
        let byte = |c| if c == '’' { 0x92 } else { u8::try_from(u32::from(c)).unwrap() };
        text.chars().map(byte).collect()
    };
    for (name, bytes) in [
        ("Unicode text", utf16(&text("\t"), u16::to_le_bytes)),
        ("the other byte order", utf16(&text("\t"), u16::to_be_bytes)),
        ("CSV UTF-8", format!("\u{feff}{}", text(";")).into_bytes()),
        ("CSV of a French Excel", ansi(&text(";"))),
        ("CSV of an English Excel", ansi(&text(","))),
        ("UTF-8 of an editor", text("\t").into_bytes()),
        ("quoted", ansi(&format!("\"{}\"\r\n", text("\";\"").trim().replace("\r\n", "\"\r\n\"")))),
    ] {
        assert_eq!(import(&gateway, &bytes), Ok("2 badge(s) imported\n".to_owned()), "{name}");
    }
    let headed = format!("Identifiant;Badge;Code\r\n{}", text(";"));
    let said = import(&gateway, &ansi(&headed)).unwrap();
    assert!(said.contains("2 badge(s)") && said.contains("names the columns"), "{said}");
}

#[test]
fn what_cannot_be_imported_is_said_with_its_line_and_how_to_save_it() {
    let gateway = gateway();
    for (bytes, words) in [
        (&b"PK\x03\x04\x14\x00"[..], &["workbook", "CSV UTF-8"][..]),
        (b"a.b;7C3FA219;652947\r\nzo\x82;04F1825CA73682;259836\r\n", &["line 2", "CSV UTF-8"]),
        (b"zo\xeb.m\xfcller;4,60958E+12;259836\r\n", &["line 1", "as text"]),
        (b"zo\xeb.m\xfcller;04F1825CA73682;9836\r\n", &["line 1", "as text"]),
        (b"# a\n\nzo\xeb.m\xfcller;04F1825CA73682\r\n", &["line 3", "semicolons"]),
    ] {
        let said = import(&gateway, bytes).unwrap_err();
        assert!(words.iter().all(|word| said.contains(word)), "{words:?}: {said}");
    }
}

//! Names that somebody gave the file by mistake: Windows hides the end of a name, browsers count
//! copies, editors keep the one before.
//!
//! Never: take such a file. Which of two was meant, only IT knows.

const RIGHT: &str = "borne.toml";
/// What lies on every new card.
const EXAMPLE: &str = "borne.example.toml";
/// Letters that may be wrong in a name that is otherwise right.
const SLIPS: usize = 2;

/// The first of these names that was meant to be `borne.toml`.
pub fn near(names: &[String]) -> Option<&String> {
    names.iter().find(|name| is_near(&name.to_lowercase()))
}

fn is_near(name: &str) -> bool {
    // What Windows, macOS and editors leave behind on their own is nobody's mistake.
    if name == RIGHT || name == EXAMPLE || name.starts_with("._") {
        return false;
    }
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
    let of_ours = plain.contains("borne") && (plain.contains("toml") || plain.contains("txt"));
    let other_end = name.split('.').next() == Some("borne");
    of_ours || other_end || distance(name, RIGHT) <= SLIPS
}

/// Levenshtein's: letters to be put in, taken out or changed.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (at, letter) in one.chars().enumerate() {
        let mut corner = at;
        let mut left = at + 1;
        for (place, there) in
            row.iter_mut().zip(std::iter::once(None).chain(other.iter().map(Some)))
        {
            let changed = match there {
                None => at + 1,
                Some(there) => {
                    (corner + usize::from(*there != letter)).min(*place + 1).min(left + 1)
                }
            };
            corner = *place;
            (*place, left) = (changed, changed);
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_name_is_known_as_one() {
        for name in [
            "borne.toml.txt",
            "borne (1).toml",
            "borne - Copie.toml",
            "borne.toml.bak",
            "bornetoml",
            "borne.tml",
            "borne.tom",
            "borne.toml~",
            "borne.toml.toml",
            "borne_toml",
            "borne.txt",
            "borne.tml.txt",
            "borne",
            "bornes.toml",
            "born.toml",
            "brone.toml",
            "borne.toml.",
            "borne .toml",
            "borne.example.toml.txt",
            "borne.rtf",
        ] {
            assert_eq!(near(&[name.to_owned()]).map(String::as_str), Some(name));
        }
    }

    #[test]
    fn what_else_lies_on_a_card_is_none() {
        for name in [
            "borne.toml",
            "BORNE.TOML",
            "borne.example.toml",
            "._borne.toml",
            "autoboot.txt",
            "config.txt",
            "cmdline.txt",
            "kernel.img",
            "start4.elf",
            "System Volume Information",
        ] {
            assert_eq!(near(&[name.to_owned()]), None, "{name}");
        }
    }

    #[test]
    fn letters_are_counted() {
        for (one, other, letters) in
            [("borne", "borne", 0), ("brone", "borne", 2), ("bone", "borne", 1), ("", "abc", 3)]
        {
            assert_eq!(distance(one, other), letters, "{one} {other}");
        }
    }
}

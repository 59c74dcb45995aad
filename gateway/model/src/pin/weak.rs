//! PINs that are guessed first: by rules, so that their kin are refused too. They are about an eighth
//! of the million; nine in ten of these are dates.

/// Why a PIN is guessed early.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weak {
    /// 000000, 121212, 100000.
    TwoDigits,
    /// 123456, 543210, 123450, 135791.
    Count,
    /// 517517, 112233, 582285, 142536, 123000.
    Pattern,
    /// 123123, 147258, 159753, 123698.
    Keys,
    /// 010190, 311299, 900101, 051990, 199019.
    Date,
    /// On every list of the commonest.
    Known,
}

impl Weak {
    /// Goes after "this PIN is too easy to guess: ".
    #[must_use]
    pub fn why(self) -> &'static str {
        match self {
            Self::TwoDigits => "it has only one or two different digits",
            Self::Count => "it counts up or down",
            Self::Pattern => "one half tells the other, or its digits come in pairs",
            Self::Keys => "it is a line or a corner on the keys",
            Self::Date => "it can be a date or a year",
            Self::Known => "it is one of those that are tried first",
        }
    }
}

type Digits = [u8; 6];

/// Numbers that people know by heart, beside what the rules find: constants, sequences, the numbers
/// on every lorry and telephone.
const KNOWN: [&[u8; 6]; 24] = [
    b"314159", b"271828", b"161803", b"141421", b"173205", b"112358", b"235711", b"149162",
    b"124816", b"248163", b"151718", b"171815", b"181715", b"151817", b"118218", b"118712",
    b"118008", b"118000", b"118700", b"112115", b"420666", b"123581", b"012358", b"131419",
];

/// Lines of three keys on the pad, and three on the way to the 0.
const LINES: [[u8; 3]; 10] = [
    [1, 2, 3],
    [4, 5, 6],
    [7, 8, 9],
    [1, 4, 7],
    [2, 5, 8],
    [3, 6, 9],
    [1, 5, 9],
    [3, 5, 7],
    [5, 8, 0],
    [2, 5, 0],
];

/// Why six digits are easy to guess, if they are.
pub fn weakness(pin: &str) -> Option<Weak> {
    let bytes: Digits = pin.as_bytes().try_into().ok()?;
    let digits = bytes.map(|byte| byte.wrapping_sub(b'0'));
    [
        (two_digits as fn(&Digits) -> bool, Weak::TwoDigits),
        (counts, Weak::Count),
        (walks, Weak::Keys),
        (patterned, Weak::Pattern),
        (dated, Weak::Date),
        (|digits| KNOWN.iter().any(|known| known.map(|byte| byte - b'0') == *digits), Weak::Known),
    ]
    .into_iter()
    .find_map(|(is_so, weak)| is_so(&digits).then_some(weak))
}

fn two_digits(digits: &Digits) -> bool {
    (0..10).filter(|digit| digits.contains(digit)).count() <= 2
}

/// From the first digit on by one step, round the 0.
fn goes_by_one_step(digits: &[u8]) -> bool {
    let step = |pair: &[u8]| (pair[1] + 10 - pair[0]) % 10;
    digits.windows(3).all(|three| step(&three[..2]) == step(&three[1..]))
}

fn is_run(digits: &[u8]) -> bool {
    goes_by_one_step(digits) && matches!((digits[1] + 10 - digits[0]) % 10, 1 | 9)
}

/// Five in a row by any step; four that count, beside a pair.
fn counts(digits: &Digits) -> bool {
    let [a, b, .., e, f] = *digits;
    goes_by_one_step(&digits[..5])
        || goes_by_one_step(&digits[1..])
        || (is_run(&digits[..4]) && e == f)
        || (is_run(&digits[2..]) && a == b)
}

fn patterned(digits: &Digits) -> bool {
    let [a, b, c, d, e, f] = *digits;
    let mirrored = a == f && b == e && c == d;
    let pairs = a == b && c == d && e == f;
    let simple = |half: &[u8]| {
        goes_by_one_step(half) && (is_run(half) || half[0] == half[1])
            || (half[1] == 0 && half[2] == 0)
            || is_line(half)
    };
    // 142536, 102030: two counts, one into the other.
    let slow = |x: u8, y: u8, z: u8| {
        let step = (y + 10 - x) % 10;
        matches!(step, 0 | 1 | 9) && (z + 10 - y) % 10 == step
    };
    mirrored
        || pairs
        || digits[..3] == digits[3..]
        || (simple(&digits[..3]) && simple(&digits[3..]))
        || (slow(a, c, e) && slow(b, d, f))
}

fn is_line(half: &[u8]) -> bool {
    LINES.iter().any(|line| half == line || half.iter().eq(line.iter().rev()))
}

/// Two lines, or from key to neighbour without a second visit.
fn walks(digits: &Digits) -> bool {
    let place = |digit: u8| match digit {
        0 => (3, 1),
        digit => {
            (i8::try_from((digit - 1) / 3).unwrap_or(0), i8::try_from((digit - 1) % 3).unwrap_or(0))
        }
    };
    let beside = |pair: &[u8]| {
        let ((r, c), (s, d)) = (place(pair[0]), place(pair[1]));
        (r - s).abs() + (c - d).abs() == 1
    };
    let each_once = (0..10).filter(|digit| digits.contains(digit)).count() == digits.len();
    (is_line(&digits[..3]) && is_line(&digits[3..])) || (each_once && digits.windows(2).all(beside))
}

/// A day with its year in either order, a month with its whole year, or a year and what follows from
/// it.
fn dated(digits: &Digits) -> bool {
    let [a, b, c, d, e, f] = digits.map(u16::from);
    let pairs = [a * 10 + b, c * 10 + d, e * 10 + f];
    let day = |day: u16, month: u16| {
        let longest = match month {
            2 => 29,
            4 | 6 | 9 | 11 => 30,
            1..=12 => 31,
            _ => 0,
        };
        (1..=longest).contains(&day)
    };
    let [x, y, z] = pairs;
    let year = |century: u16, year: u16| (1930..=2035).contains(&(century * 100 + year));
    let month = |month: u16| (1..=12).contains(&month);
    day(x, y)
        || day(y, x)
        || day(z, y)
        || (month(x) && year(y, z))
        || (month(z) && year(x, y))
        || (year(x, y) && (z == x || z == y))
        || (year(y, z) && (x == y || x == z))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_guessed_first_is_recognised_for_what_it_is() {
        for (pins, weak) in [
            ("000000 999999 121212 100000 111112 110110 900009 101010", Weak::TwoDigits),
            (
                "123456 654321 741852 123450 012345 890123 135791 246802 987654 112345 001234",
                Weak::Count,
            ),
            ("147258 159753 789456 123654 123698 147896 258963 852456", Weak::Keys),
            ("112233 517517 582285 142536 102030 123000 447711 907709 808182", Weak::Pattern),
            ("010190 311299 290200 900101 123199 051990 199005 199090 201920", Weak::Date),
            ("314159 271828 151718", Weak::Known),
        ] {
            let found = |pin| (pin, weakness(pin));
            let found: Vec<_> = pins.split(' ').map(found).collect();
            let wanted: Vec<_> = pins.split(' ').map(|pin| (pin, Some(weak))).collect();
            assert_eq!(found, wanted);
        }
    }

    #[test]
    fn most_pins_may_be_chosen() {
        for pin in ["571839", "145792", "604817", "259836", "652947", "943572", "364150", "784391"]
        {
            assert_eq!(weakness(pin), None, "{pin}");
        }
        let weak = (0..1_000_000).filter(|pin| weakness(&format!("{pin:06}")).is_some()).count();
        assert!((60_000..130_000).contains(&weak), "{weak}");
        let undated = (0..1_000_000)
            .filter(|pin| weakness(&format!("{pin:06}")).is_some_and(|weak| weak != Weak::Date));
        let undated = undated.count();
        assert!((4_000..16_000).contains(&undated), "{undated}");
    }
}

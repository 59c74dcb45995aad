//! What libnfc reports of a card: ATQA, SAK, two lengths, then number and ATS.
//!
//! Holds: no panic; a card has a number of 4, 7 or 10 bytes, and it does not show in `Debug`.
#![no_main]

use borne_nfc::Card;
use libfuzzer_sys::fuzz_target;
use nfc1::target_info::{Iso14443a, TargetInfo};
use nfc1::{BaudRate, Modulation, ModulationType, Target};

fuzz_target!(|data: &[u8]| {
    let [atqa_high, atqa_low, sak, uid_len, ats_len, rest @ ..] = data else { return };
    let mut info = Iso14443a {
        atqa: [*atqa_high, *atqa_low],
        sak: *sak,
        uid_len: usize::from(*uid_len),
        uid: [0; 10],
        // libnfc's own type could say more than a byte can.
        ats_len: usize::from(*ats_len) * 2,
        ats: [0; 254],
    };
    info.uid
        .iter_mut()
        .chain(info.ats.iter_mut())
        .zip(rest)
        .for_each(|(place, byte)| *place = *byte);
    let modulation =
        Modulation { modulation_type: ModulationType::Iso14443a, baud_rate: BaudRate::Baud106 };
    let Some(card) =
        Card::from_target(&Target { target_info: TargetInfo::Iso14443a(info), modulation })
    else {
        return;
    };
    assert!(matches!(card.uid_hex().len(), 8 | 14 | 20));
    assert!(card.ats_hex().len() <= 508 && card.atqa_hex().len() == 4 && card.sak_hex().len() == 2);
    assert_eq!(format!("{card:?}"), format!("Card(SAK {})", card.sak_hex()));
});

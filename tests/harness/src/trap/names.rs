//! A name server (RFC 1035) that knows every name there is, and writes down each that is asked for.

use super::{HOST, NEIGHBOUR, faces, lock};
use std::net::{IpAddr, UdpSocket};
use std::sync::{Arc, Mutex};

/// Answers until the process ends: the trap's names lead to `trap`, all others to `elsewhere`.
pub fn serve(socket: UdpSocket, trap: IpAddr, elsewhere: IpAddr) -> Arc<Mutex<Vec<String>>> {
    let asked: Arc<Mutex<Vec<String>>> = Arc::default();
    let heard = Arc::clone(&asked);
    std::thread::spawn(move || {
        let mut question = [0; 512];
        while let Ok((length, from)) = socket.recv_from(&mut question) {
            let Some((name, end)) = name(&question[..length]) else { continue };
            let address = if is_ours(&name) { trap } else { elsewhere };
            let answer = answer(&question[..end + 4], address);
            lock(&heard).push(name);
            let _not_there_any_more = socket.send_to(&answer, from);
        }
    });
    asked
}

/// Whether the terminal lists it.
pub(super) fn is_ours(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name == HOST
        || name == NEIGHBOUR
        || name == faces::OLD_TLS
        || faces::FACES.iter().any(|face| face.host == name)
}

/// The name of the first question, and where its type begins (4.1.2).
fn name(message: &[u8]) -> Option<(String, usize)> {
    let (mut at, mut labels) = (12, Vec::new());
    loop {
        let length = usize::from(*message.get(at)?);
        if length == 0 {
            return (message.len() >= at + 5).then(|| (labels.join("."), at + 1));
        }
        labels.push(String::from_utf8_lossy(message.get(at + 1..at + 1 + length)?).into_owned());
        at += 1 + length;
    }
}

/// To a question for an IPv4 address, that; to any other, that there is nothing of the kind (4.1.1,
/// 4.1.3).
fn answer(question: &[u8], address: IpAddr) -> Vec<u8> {
    let is_a = question.ends_with(&[0, 1, 0, 1]);
    let mut answer = question.to_vec();
    answer[2..12].copy_from_slice(&[0x85, 0x80, 0, 1, 0, u8::from(is_a), 0, 0, 0, 0]);
    if let (true, IpAddr::V4(address)) = (is_a, address) {
        // The question's name, type A, class IN, one second, four bytes.
        answer.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 1, 0, 4]);
        answer.extend(address.octets());
    }
    answer
}

//! Runs the target `answers` of `plumb_tests::fuzzing`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Err(complaint) = plumb_tests::fuzzing::answers(bytes) {
        panic!("{complaint}");
    }
});

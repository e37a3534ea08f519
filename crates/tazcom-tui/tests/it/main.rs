//! The application through its public doors: what goes in, what comes out, and what is drawn.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

mod alerts;
mod begin;
mod calls;
mod commands;
mod crowds;
mod drafts;
mod fates;
mod gaps;
mod going;
mod hostile;
mod keys;
mod people;
mod plain;
mod privacy;
mod reading;
mod scrolling;
mod sending;
mod small;
mod speed;
mod stage;
mod verify;

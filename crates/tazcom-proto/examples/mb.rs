use std::hint::black_box; use std::time::Instant;
use tazcom_identity::NodeId;
fn ns(name:&str, mut f: impl FnMut()){ let mut v=vec![]; for _ in 0..201 { let t=Instant::now(); for _ in 0..2000 {f()} v.push(t.elapsed().as_secs_f64()*1e9/2000.0);} v.sort_by(f64::total_cmp); println!("{name} {:.1}", v[100]); }
fn main(){
 let id=NodeId::from_bytes(std::array::from_fn(|i|(i as u8).wrapping_mul(37))); let t=id.to_string();
 let line=format!(r#"{{"type":"HELLO","from":"{t}"}}"#); let b=line.as_bytes();
 ns("idparse", ||{black_box(black_box(t.as_str()).parse::<NodeId>().unwrap());});
 ns("utf8", ||{black_box(std::str::from_utf8(black_box(b)).unwrap());});
 #[derive(serde::Deserialize)] struct B<'a>{#[serde(rename="type")] k:&'a str, from:&'a str}
 ns("slice", ||{let v:B=serde_json::from_slice(black_box(b)).unwrap(); black_box((v.k,v.from));});
 ns("str", ||{let v:B=serde_json::from_str(black_box(&line)).unwrap(); black_box((v.k,v.from));});
 ns("parse", ||{black_box(tazcom_proto::Request::parse(black_box(b)).unwrap());});
}

//! The machine code of a function as instructions, with the lines of source they are of.

use std::path::PathBuf;

use iced_x86::{Decoder, DecoderOptions, Formatter as _, Instruction as Decoded, IntelFormatter};
use object::{Architecture, Object as _, ObjectSection as _, ObjectSegment as _};
use rview_core::{FrameId, Profile};
use thiserror::Error;

use super::elf::{has_code, parse};
use super::naming::wanted_of;
use super::search::{Finder, Found, Need};
use super::{CodeLine, Module, NamesFrom, Segment, lines_at, symbol_table};
use crate::Job;

/// Bytes of a function that are read: more is no function, or no person reads it.
const MAX_BYTES: u64 = 1 << 20;

/// The machine code of a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assembly {
    /// The file that it is in.
    pub path: PathBuf,
    /// The name of its symbol.
    pub symbol: String,
    /// By address.
    pub instructions: Vec<Instruction>,
    /// Whether the function goes on after them.
    pub is_cut: bool,
    /// The files of the lines.
    pub files: Vec<String>,
    /// What to add to an address of a frame to get what the symbol table has, wrapping.
    pub to_symbol: u64,
}

/// An instruction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instruction {
    /// Where it is, as the frames of the profile count.
    pub address: u64,
    /// How many bytes it has.
    pub len: u8,
    /// In Intel's syntax; jumps tell where to, as the symbol table counts.
    pub text: String,
    /// The line of source it is of, of the innermost function inlined there: a row of
    /// [`Assembly::files`] and the line.
    pub line: Option<(u32, u32)>,
}

/// Why there are no instructions.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum NoAssembly {
    /// The recording knows no binary of the function, or its code is in no file.
    #[error(
        "the code of this function is in no file: it is of the kernel, of a JIT or of another machine"
    )]
    NoFile,
    /// The binary is not here, or another build of it.
    #[error("the binary {0} is not here, or is of another build")]
    NotFound(String),
    /// No symbol says where the function starts and ends.
    #[error("no symbol of {0} says where the function starts and ends")]
    NoSymbol(String),
    /// The code is of a processor whose instructions are not known.
    #[error("only instructions of x86 are shown, and {0} is of another processor")]
    Processor(String),
}

/// The instructions of the function at a frame.
///
/// # Errors
///
/// See [`NoAssembly`].
pub fn assembly(
    profile: &Profile,
    modules: &[Module],
    frame: FrameId,
    job: &Job,
) -> Result<Assembly, NoAssembly> {
    let mapping = profile.frames().mapping(frame).ok_or(NoAssembly::NoFile)?;
    let module = modules.iter().find(|module| module.mapping == mapping);
    let module = module.ok_or(NoAssembly::NoFile)?;
    if !matches!(module.from, NamesFrom::File { .. }) {
        return Err(NoAssembly::NoFile);
    }
    let wanted = wanted_of(profile, module).ok_or(NoAssembly::NoFile)?;
    let name = wanted.path.to_owned();
    let found = Finder::new(job.options()).find(&wanted, Need::Lines);
    let at = profile.frames().address(frame);
    let offset = at.wrapping_add(module.to_file);
    let address = Segment::address_of_offset(&found.segments, offset)
        .ok_or_else(|| NoAssembly::NotFound(name.clone()))?;
    let code = Code::at(&found, address, &name)?;
    let to_symbol = address.wrapping_sub(at);
    let instructions = code.instructions(to_symbol);
    let mut assembly = Assembly {
        path: code.path,
        symbol: code.symbol,
        instructions,
        is_cut: code.is_cut,
        files: Vec::new(),
        to_symbol,
    };
    let addresses: Vec<u64> =
        assembly.instructions.iter().map(|it| it.address.wrapping_add(to_symbol)).collect();
    assembly.add_lines(&lines_at(&found, &addresses, job));
    Ok(assembly)
}

impl Assembly {
    fn add_lines(&mut self, lines: &[Vec<CodeLine>]) {
        for (instruction, lines) in self.instructions.iter_mut().zip(lines) {
            let Some(CodeLine { file: Some(file), line, .. }) = lines.last() else { continue };
            let row = self.files.iter().position(|other| other == file).unwrap_or_else(|| {
                self.files.push(file.clone());
                self.files.len().saturating_sub(1)
            });
            if let Ok(row) = u32::try_from(row)
                && *line > 0
            {
                instruction.line = Some((row, *line));
            }
        }
    }
}

/// The bytes of a function.
struct Code {
    path: PathBuf,
    symbol: String,
    /// Where they are, as the symbol table counts.
    address: u64,
    bytes: Vec<u8>,
    bits: u32,
    is_cut: bool,
}

impl Code {
    /// The function that covers an address, as the symbol table counts.
    fn at(found: &Found, address: u64, name: &str) -> Result<Self, NoAssembly> {
        let files = || [&found.runtime, &found.symbols].into_iter().flatten();
        let file = files().find_map(|file| {
            let parsed = parse(&file.source).filter(has_code)?;
            Some((file, parsed))
        });
        let (file, parsed) = file.ok_or_else(|| NoAssembly::NotFound(name.to_owned()))?;
        let bits = match parsed.architecture() {
            Architecture::X86_64 | Architecture::X86_64_X32 => 64,
            Architecture::I386 => 32,
            _ => return Err(NoAssembly::Processor(name.to_owned())),
        };
        let no_symbol = || NoAssembly::NoSymbol(name.to_owned());
        let covering = files().find_map(|file| {
            let table = symbol_table(&file.source, found.packed.as_deref())?;
            let symbol = table.lookup(address)?;
            Some((symbol.demangled().into_owned(), symbol.address, symbol.size))
        });
        let (symbol, start, size) = covering.ok_or_else(no_symbol)?;
        // Of a symbol without an end at least what ran is shown.
        let size = size.max(address.wrapping_sub(start).saturating_add(16));
        let bytes = bytes_at(&parsed, start, size.min(MAX_BYTES)).ok_or_else(no_symbol)?;
        Ok(Self {
            path: file.path.clone(),
            symbol,
            address: start,
            bytes: bytes.to_vec(),
            bits,
            is_cut: size > MAX_BYTES,
        })
    }

    /// Decodes the bytes, from the first on. The symbol table counts `to_symbol` more than frames.
    fn instructions(&self, to_symbol: u64) -> Vec<Instruction> {
        let start = self.address;
        let mut decoder = Decoder::with_ip(self.bits, &self.bytes, start, DecoderOptions::NONE);
        let mut formatter = IntelFormatter::new();
        let options = formatter.options_mut();
        options.set_hex_prefix("0x");
        options.set_hex_suffix("");
        options.set_uppercase_hex(false);
        options.set_branch_leading_zeros(false);
        options.set_show_branch_size(false);
        options.set_space_after_operand_separator(true);
        options.set_rip_relative_addresses(false);
        let mut instructions = Vec::new();
        let mut decoded = Decoded::default();
        while decoder.can_decode() {
            decoder.decode_out(&mut decoded);
            let mut text = String::new();
            formatter.format(&decoded, &mut text);
            let len = u8::try_from(decoded.len()).unwrap_or(u8::MAX);
            let address = decoded.ip().wrapping_sub(to_symbol);
            instructions.push(Instruction { address, len, text, line: None });
        }
        instructions
    }
}

/// The bytes at an address, as many of them as are in the file.
fn bytes_at<'a>(file: &object::File<'a>, address: u64, size: u64) -> Option<&'a [u8]> {
    let cut = |start: u64, data: &'a [u8]| {
        let from = usize::try_from(address.checked_sub(start)?).ok()?;
        let data = data.get(from..)?;
        let len = usize::try_from(size).ok()?.min(data.len());
        data.get(..len).filter(|bytes| !bytes.is_empty())
    };
    let of_section = file.sections().find_map(|section| {
        let start = section.address();
        let holds = address.checked_sub(start)? < section.size();
        holds.then(|| cut(start, section.data().ok()?)).flatten()
    });
    of_section.or_else(|| {
        file.segments().find_map(|segment| cut(segment.address(), segment.data().ok()?))
    })
}

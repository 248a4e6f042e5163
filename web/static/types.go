// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package static

import (
	"io"
	"mime"
	"path"
	"slices"
	"strings"
	"unicode/utf8"
)

// types holds what a site is mostly made of, so that it does not depend on the system's tables.
var types = map[string]string{
	".avif":  "image/avif",
	".css":   "text/css; charset=utf-8",
	".csv":   "text/csv; charset=utf-8",
	".gif":   "image/gif",
	".htm":   "text/html; charset=utf-8",
	".html":  "text/html; charset=utf-8",
	".ico":   "image/vnd.microsoft.icon",
	".jpeg":  "image/jpeg",
	".jpg":   "image/jpeg",
	".js":    "text/javascript; charset=utf-8",
	".json":  "application/json",
	".md":    "text/markdown; charset=utf-8",
	".mjs":   "text/javascript; charset=utf-8",
	".mp3":   "audio/mpeg",
	".mp4":   "video/mp4",
	".ogg":   "audio/ogg",
	".otf":   "font/otf",
	".pdf":   "application/pdf",
	".png":   "image/png",
	".svg":   "image/svg+xml",
	".tar":   "application/x-tar",
	".ttf":   "font/ttf",
	".txt":   plainText,
	".wasm":  "application/wasm",
	".wav":   "audio/wav",
	".webm":  "video/webm",
	".webp":  "image/webp",
	".woff":  "font/woff",
	".woff2": "font/woff2",
	".xml":   "text/xml; charset=utf-8",
	".zip":   "application/zip",
}

const (
	plainText   = "text/plain; charset=utf-8"
	octetStream = "application/octet-stream"
)

// textual are the extensions of sources, configuration and logs: a browser is to show such files. The system's tables have types for some of them that make it save
// them, and take go.mod for music.
var textual = strings.Fields(`
	.adoc .awk .bash .bat .bzl .c .cc .cfg .clj .cmake .cmd .conf .cpp .cs .cxx .d .dart .diff .el .elm .env .erl .ex .exs .f90 .fish .go .gradle .graphql .groovy
	.h .hcl .hh .hpp .hrl .hs .hxx .in .inc .ini .java .jl .jsonl .jsx .kt .kts .less .lisp .lock .log .lua .m4 .mak .mk .ml .mli .mod .ndjson .nim .nix .org .pas
	.patch .php .pl .pm .po .properties .proto .ps1 .py .pyi .r .rb .rs .rst .s .sass .scala .scm .scss .sh .sql .sum .swift .tcl .tex .text .tf .tmpl .toml
	.tsx .v .vhd .vim .work .yaml .yml .zig .zsh`)

// encodings are the extensions that stand for a content coding of what the name before them says.
var encodings = map[string]string{".gz": "gzip", ".bz2": "x-bzip2", ".br": "br", ".zst": "zstd"}

// typeOf returns content type and content coding by the name alone. ctype is "" if the name tells no type.
func (f *Files) typeOf(name string) (ctype, encoding string) {
	ext := strings.ToLower(path.Ext(name))
	if encoding = encodings[ext]; encoding != "" {
		ext = strings.ToLower(path.Ext(name[:len(name)-len(ext)]))
	}
	for _, ctype := range [...]string{f.config.Types[ext], types[ext]} {
		if ctype != "" {
			return ctype, encoding
		}
	}
	if slices.Contains(textual, ext) {
		return plainText, encoding
	}
	return mime.TypeByExtension(ext), encoding
}

// unnamedType returns the type of a file whose name tells none: plain text for one like LICENSE or Makefile whose beginning is that, else the default.
func (f *Files) unnamedType(name string, content io.ReaderAt) string {
	base := path.Base(name)
	switch {
	case f.config.DefaultType != "":
		return f.config.DefaultType
	case content == nil || strings.LastIndexByte(base, '.') > 0:
		return octetStream
	}
	var beginning [512]byte
	n, err := content.ReadAt(beginning[:], 0)
	if err != nil && err != io.EOF || !isText(beginning[:n], n == len(beginning)) {
		return octetStream
	}
	return plainText
}

// isText reports whether p is UTF-8 text without control characters that text has no use for; cut tells that its last character may be incomplete.
func isText(p []byte, cut bool) bool {
	for len(p) > 0 {
		r, n := utf8.DecodeRune(p)
		switch {
		case r == utf8.RuneError && n == 1:
			return cut && !utf8.FullRune(p)
		case r < ' ' && r != '\t' && r != '\n' && r != '\r' && r != '\f', r == 0x7f:
			return false
		}
		p = p[n:]
	}
	return true
}

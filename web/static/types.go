// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package static

import (
	"io/fs"
	"mime"
	"path"
	"strconv"
	"strings"

	"github.com/torsion-go/torsion/web"
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
	".txt":   "text/plain; charset=utf-8",
	".wasm":  "application/wasm",
	".wav":   "audio/wav",
	".webm":  "video/webm",
	".webp":  "image/webp",
	".woff":  "font/woff",
	".woff2": "font/woff2",
	".xml":   "text/xml; charset=utf-8",
	".zip":   "application/zip",
}

// encodings are the extensions that stand for a content coding of what the name before them says.
var encodings = map[string]string{".gz": "gzip", ".bz2": "x-bzip2", ".br": "br", ".zst": "zstd"}

// typeOf returns content type and content coding by the name alone.
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
	if ctype = mime.TypeByExtension(ext); ctype == "" {
		ctype = f.config.DefaultType
	}
	return ctype, encoding
}

// precompressed looks for a variant of name that the client accepts, in the order of preference of this server. encoding is empty if there is none.
func (f *Files) precompressed(r *web.Request, name string) (variant, encoding string) {
	for _, ext := range [...]string{".br", ".zst", ".gz"} {
		if !accepts(r, encodings[ext]) {
			continue
		}
		if info, err := fs.Stat(f.fsys, name+ext); err == nil && info.Mode().IsRegular() {
			return name + ext, encodings[ext]
		}
	}
	return "", ""
}

// accepts reports whether Accept-Encoding names the coding with a weight above 0 (RFC 9110 section 12.5.3).
func accepts(r *web.Request, coding string) bool {
	for el := range r.Header.Tokens("Accept-Encoding") {
		name, params, _ := strings.Cut(el, ";")
		if !strings.EqualFold(strings.TrimSpace(name), coding) {
			continue
		}
		weight, ok := strings.CutPrefix(strings.ToLower(strings.TrimSpace(params)), "q=")
		if !ok {
			return true
		}
		q, err := strconv.ParseFloat(weight, 64)
		return err == nil && q > 0
	}
	return false
}

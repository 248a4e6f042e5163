// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package web

import (
	"html"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
)

func stack() string { return string(debug.Stack()) }

const pageHead = `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">
<title>`

// Error makes the response a [Problem] with the status and detail, a plain text that is escaped. It takes the place of what was written and set before, except for the
// headers that tell about a refusal: Allow, Content-Range, Retry-After, WWW-Authenticate, Connection, Vary, Set-Cookie, and those of cross-origin requests. Twisted: pages.errorPage.
func (r *Request) Error(status int, detail string) {
	if status >= 400 {
		(&Problem{Status: status, Detail: detail}).Render(r)
		return
	}
	if r.clearFor(status) && !noBody(status) {
		r.header.Set("Content-Type", "text/html; charset=utf-8")
		r.page(status, http.StatusText(status), html.EscapeString(detail))
	}
}

// clearFor drops the response as it is so far, for one with that status. It reports false if that is too late.
func (r *Request) clearFor(status int) bool {
	if r.headSent || r.finished || r.gone {
		return false
	}
	r.dropGathered()
	r.SetStatus(status)
	kept := r.header.fields()[:0]
	for _, f := range r.header.fields() {
		switch strings.ToLower(f.Name) {
		case "allow", "content-range", "retry-after", "www-authenticate", "connection", "vary", "set-cookie",
			"access-control-allow-origin", "access-control-allow-credentials", "access-control-expose-headers":
			kept = append(kept, f)
		}
	}
	r.reply = fieldSet{fields: kept}
	r.header = Header{set: &r.reply}
	if r.more != nil {
		r.more.trailer = Header{}
	}
	return true
}

// page gathers a page with that title. detail is HTML.
func (r *Request) page(status int, title, detail string) {
	title = html.EscapeString(title)
	if status != 200 {
		title = strconv.Itoa(status) + " " + title
	}
	b := r.s.room()
	*b = append(*b, pageHead...)
	*b = append(*b, title...)
	*b = append(*b, "</title></head><body><h1>"...)
	*b = append(*b, title...)
	*b = append(*b, "</h1>"...)
	switch {
	case strings.Contains(detail, "\n"):
		*b = append(append(append(*b, "<pre>"...), detail...), "</pre>"...)
	case detail != "":
		*b = append(append(append(*b, "<p>"...), detail...), "</p>"...)
	}
	*b = append(*b, "</body></html>\n"...)
	r.gather = b
}

// Redirect makes the response a redirect to location with the status: 301, 302, 303, 307 or 308. location is a URL, or a path, that is sent as it stands but for bytes
// outside of printable ASCII, which are percent-encoded. Whether strangers may choose it is the caller's question: see [Request.Local]. Twisted: redirect.
func (r *Request) Redirect(status int, location string) {
	location = encodeURL(location)
	if !r.clearFor(status) {
		return
	}
	r.header.Set("Location", location)
	r.header.Set("Content-Type", "text/html; charset=utf-8")
	u := html.EscapeString(location)
	r.page(status, http.StatusText(status), `Continue at <a href="`+u+`">`+u+`</a>.`)
}

// encodeURL percent-encodes what may not stand in a URL: control characters, spaces, non-ASCII bytes.
func encodeURL(s string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c >= 0x7f {
			b.WriteByte('%')
			b.WriteByte(hex[c>>4])
			b.WriteByte(hex[c&15])
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// LocalPath returns path in a form that stays on this site when it is used as a redirect: it begins with exactly one slash, since browsers take // and /\ for
// the beginning of another host's name.
func LocalPath(path string) string {
	return "/" + strings.TrimLeft(path, "/\\")
}

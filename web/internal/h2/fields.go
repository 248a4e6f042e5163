// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package h2

import (
	"strings"

	"github.com/torsion-go/torsion/web/internal/h1"
	"golang.org/x/net/http2/hpack"
)

// fieldSection gathers the fields of one block while it is decoded, and checks them by RFC 9113 section 8. What is wrong is noted and the decoding goes on, since the peer's
// table must be followed; only nothing is kept any more.
type fieldSection struct {
	limits  *Limits
	trailer bool // of a message: no pseudo-header fields
	ignored bool // decoded for the sake of the table alone
	answer  bool // of a response, or its trailer

	method, scheme, path, authority, protocol, status string
	text                                              []byte // the fields as lines of HTTP/1
	cookies                                           []byte // their values joined (section 8.2.3)
	host                                              string
	priority                                          string
	length                                            int64
	size, lines                                       int
	seen                                              uint8 // bits of pseudo-header fields
	regular, hosts, expects                           bool
	fault                                             *Error    // it is malformed
	refusal                                           *h1.Error // it is not, but will not do
}

const (
	seenMethod = 1 << iota
	seenScheme
	seenPath
	seenAuthority
	seenProtocol
	seenStatus
)

var (
	errListLong    = &h1.Error{Status: 431, Reason: "header too large"}
	errFieldLong   = &h1.Error{Status: 431, Reason: "header field too long"}
	errFields      = &h1.Error{Status: 431, Reason: "too many header fields"}
	errTargetLong  = &h1.Error{Status: 414, Reason: "request target too long"}
	errExpect      = &h1.Error{Status: 417, Reason: "unknown expectation"}
	errNoAuthority = &h1.Error{Status: 400, Reason: "no authority"}
)

func (f *fieldSection) begin(trailer, ignored bool) {
	*f = fieldSection{limits: f.limits, trailer: trailer, ignored: ignored, text: f.text[:0], cookies: f.cookies[:0], length: -1}
}

func (f *fieldSection) malformed(reason string) {
	if f.fault == nil {
		f.fault = broken(ProtocolError, reason)
	}
}

func (f *fieldSection) refuse(err *h1.Error) {
	if f.refusal == nil {
		f.refusal = err
	}
}

// emit takes one field. It is called by the decoder, for more fields than were sent octets when they are in the table: beyond a limit it does next to nothing.
func (f *fieldSection) emit(hf hpack.HeaderField) {
	if f.ignored || f.fault != nil || f.refusal != nil {
		return
	}
	name, value := hf.Name, hf.Value
	if f.size += len(name) + len(value) + 32; f.size > f.limits.HeaderList {
		f.refuse(errListLong)
		return
	}
	if name != "" && name[0] == ':' {
		f.pseudo(name, value)
		return
	}
	f.regular = true
	if f.lines++; f.lines > f.limits.Fields {
		f.refuse(errFields)
		return
	}
	if len(name)+len(value) > f.limits.Field {
		f.refuse(errFieldLong)
		return
	}
	if !validName(name) {
		f.malformed("field name is not a token in lower case")
		return
	}
	if !validValue(value) {
		f.malformed("field value with control characters or white space around it")
		return
	}
	if f.special(name, value) {
		return
	}
	f.text = appendLine(f.text, name, value)
}

func appendLine(b []byte, name, value string) []byte {
	b = append(append(append(b, name...), ": "...), value...)
	return append(b, '\r', '\n')
}

func validName(name string) bool {
	if !h1.IsToken(name) {
		return false
	}
	for i := range len(name) {
		if c := name[i]; 'A' <= c && c <= 'Z' {
			return false
		}
	}
	return true
}

func validValue(v string) bool {
	if n := len(v); n > 0 && (v[0] == ' ' || v[0] == '\t' || v[n-1] == ' ' || v[n-1] == '\t') {
		return false
	}
	return h1.IsFieldValue(v)
}

func (f *fieldSection) pseudo(name, value string) {
	if f.trailer || f.regular {
		f.malformed("pseudo-header field out of place")
		return
	}
	bit, to := uint8(0), (*string)(nil)
	switch name {
	case ":method":
		bit, to = seenMethod, &f.method
	case ":scheme":
		bit, to = seenScheme, &f.scheme
	case ":path":
		bit, to = seenPath, &f.path
	case ":authority":
		bit, to = seenAuthority, &f.authority
	case ":protocol":
		bit, to = seenProtocol, &f.protocol
	case ":status":
		bit, to = seenStatus, &f.status
	}
	if to == nil || f.answer != (bit == seenStatus) || bit == seenProtocol && !f.limits.Connect {
		f.malformed("unknown pseudo-header field")
		return
	}
	if f.seen&bit != 0 {
		f.malformed("pseudo-header field twice")
		return
	}
	f.seen |= bit
	*to = value
}

// special deals with fields that mean something to the connection, and reports whether f is to be left out of the text.
func (f *fieldSection) special(name, value string) bool {
	if f.answer && name != "content-length" && !perConnection(name) {
		return false
	}
	switch name {
	case "connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade":
		f.malformed("connection-specific field")
	case "te":
		if value != "trailers" {
			f.malformed("te is not trailers")
		}
	case "content-length":
		n, ok := h1.ParseLength(value)
		if !ok || f.length >= 0 || f.trailer {
			f.malformed("content-length malformed or twice")
			return true
		}
		f.length = n
	case "host":
		if f.hosts || f.trailer {
			f.malformed("host twice")
			return true
		}
		f.hosts, f.host = true, value
		return true // finish writes it
	case "cookie":
		if len(f.cookies) > 0 {
			f.cookies = append(f.cookies, "; "...)
		}
		f.cookies = append(f.cookies, value...)
		return true
	case "expect":
		if h1.EqualFold(value, "100-continue") {
			f.expects = true
		} else {
			f.refuse(errExpect)
		}
	case "priority":
		f.priority = value
	}
	return false
}

// lineText returns the fields as lines, with a host in front and the cookies behind.
func (f *fieldSection) lineText() h1.Lines {
	if len(f.cookies) > 0 {
		f.text = append(append(append(f.text, "cookie: "...), f.cookies...), '\r', '\n')
	}
	return h1.Lines(f.text)
}

// head fills h from a complete request, the last of which is its header if end is set. The error tells that it is malformed; with a refusal h holds what could be made out.
func (f *fieldSection) head(h *h1.Head, end bool) (*h1.Error, *Error) {
	if f.fault == nil && f.refusal == nil {
		f.check(end)
	}
	if f.fault != nil {
		return nil, f.fault
	}
	h.Method, h.Target, h.Host, h.Fields = f.method, f.path, f.authority, f.lineText()
	h.Length, h.Chunked, h.KeepAlive = f.length, !end && f.length < 0, true
	h.Continue, h.Protocol = f.expects && !end, f.protocol
	if f.path == "" {
		h.Authority, h.Target = f.authority, f.authority
	}
	h.Path = f.path
	if i := strings.IndexByte(f.path, '?'); i >= 0 {
		h.Path, h.Query = f.path[:i], f.path[i+1:]
	}
	return f.refusal, nil
}

// check looks at the request as a whole (RFC 9113 section 8.3.1).
func (f *fieldSection) check(end bool) {
	const asked = seenMethod | seenScheme | seenPath
	switch connect := f.method == "CONNECT" && f.seen&seenProtocol == 0; {
	case f.seen&seenMethod == 0, !h1.IsToken(f.method):
		f.malformed("no method, or not a token")
	case connect && (f.seen != seenMethod|seenAuthority || !withPort(f.authority)):
		f.malformed("malformed CONNECT")
	case f.seen&seenProtocol != 0 && (f.method != "CONNECT" || f.seen&seenAuthority == 0 || !h1.IsToken(f.protocol)): // RFC 8441 section 4
		f.malformed("malformed extended CONNECT")
	case !connect && f.seen&asked != asked:
		f.malformed("pseudo-header field missing")
	case !connect && !h1.IsToken(f.scheme):
		f.malformed("malformed scheme")
	case len(f.path) > f.limits.Target:
		f.refuse(errTargetLong)
	case !connect && (!h1.IsTarget(f.path) || f.path[0] != '/' && (f.path != "*" || f.method != "OPTIONS")):
		f.malformed("malformed path")
	case f.seen&seenAuthority != 0 && !h1.ValidHost(f.authority):
		f.malformed("malformed authority")
	case f.hosts && !h1.ValidHost(f.host), f.hosts && f.authority != "" && !h1.EqualFold(f.host, f.authority):
		f.malformed("malformed host, or not that of the authority")
	case end && f.length > 0:
		f.malformed("content-length of a request that has no content")
	case !f.hosts && f.authority == "":
		f.refuse(errNoAuthority)
	default:
		if f.authority == "" {
			f.authority = f.host
		}
		f.text = appendLine(f.text, "host", f.authority)
	}
}

func withPort(authority string) bool {
	return h1.ValidHost(authority) && strings.LastIndexByte(authority, ':') > strings.LastIndexByte(authority, ']')
}

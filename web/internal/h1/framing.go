// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package h1

// framing gathers what the fields of a head say about the message as a whole (RFC 9112 sections 3.2, 6 and 9.3; RFC 9110 section 10.1.1).
type framing struct {
	host, length, coding bool // seen
	closing              bool
	err                  error // an answer that is wanted only when nothing worse is found
}

func (f *framing) note(h *Head, field Field) error {
	switch len(field.Name) {
	case 4:
		if EqualFold(field.Name, "Host") {
			if f.host {
				return errHosts
			}
			if !ValidHost(field.Value) {
				return errHost
			}
			f.host, h.Host = true, field.Value
		}
	case 6:
		if EqualFold(field.Name, "Expect") && h.Minor == 1 {
			if EqualFold(field.Value, "100-continue") {
				h.Continue = true
			} else {
				f.err = errExpect
			}
		}
	case 10:
		if EqualFold(field.Name, "Connection") {
			Tokens(field.Value, func(t string) bool {
				if EqualFold(t, "close") {
					f.closing = true
				} else if EqualFold(t, "keep-alive") {
					h.KeepAlive = true
				}
				return true
			})
		}
	case 14:
		if EqualFold(field.Name, "Content-Length") {
			if f.length {
				return errLengths
			}
			n, ok := ParseLength(field.Value)
			if !ok {
				return errLength
			}
			f.length, h.Length = true, n
		}
	case 17:
		if EqualFold(field.Name, "Transfer-Encoding") {
			return f.noteCoding(h, field.Value)
		}
	}
	return nil
}

func (f *framing) noteCoding(h *Head, v string) error {
	switch {
	case h.Minor == 0:
		return errCoding10
	case f.coding:
		return errCodings
	}
	f.coding = true
	if EqualFold(v, "chunked") {
		h.Chunked = true
		return nil
	}
	// A list whose codings are tokens, and in which chunked comes last and once, asks for something that this server does not have. All else is an attempt at being
	// understood in two ways.
	n, chunked, bad := 0, 0, false
	Tokens(v, func(t string) bool {
		n++
		if chunked > 0 || !IsToken(t) {
			bad = true
		}
		if EqualFold(t, "chunked") {
			chunked++
		}
		return true
	})
	if bad || n == 0 {
		return errCodings
	}
	f.err = errCoding
	return nil
}

func (f *framing) finish(h *Head) error {
	switch {
	case f.coding && f.length:
		return errBoth
	case !f.host && h.Minor == 1:
		return errNoHost
	case h.Authority != "" && f.host && !EqualFold(h.Authority, h.Host):
		return errHostMismatch
	case f.err != nil:
		return f.err
	}
	if h.Host == "" {
		h.Host = h.Authority
	}
	if f.closing {
		h.KeepAlive = false
	}
	h.Continue = h.Continue && (h.Chunked || h.Length > 0)
	return nil
}

// ParseLength reads a Content-Length: at most 18 digits and nothing else, without a leading zero.
func ParseLength(s string) (int64, bool) {
	if s == "" || len(s) > 18 || s[0] == '0' && len(s) > 1 {
		return 0, false
	}
	n := int64(0)
	for i := range len(s) {
		if !isDigit(s[i]) {
			return 0, false
		}
		n = n*10 + int64(s[i]-'0')
	}
	return n, true
}

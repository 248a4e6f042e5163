// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package h1

// framing gathers what the fields of a head say about the message as a whole (RFC 9112 sections 3.2, 6 and 9.3; RFC 9110 section 10.1.1). What is wrong with that is
// told only when every line of the head has come and is well-formed in itself.
type framing struct {
	length        int64 // -1 without a Content-Length
	host, hostLen int   // where the value of Host is in the head
	hosts, coding bool  // seen
	chunked       bool
	keep, closing bool // tokens of Connection
	expects       bool // 100-continue
	minor         uint8
	fault         *Error // the first that was found
	refusal       *Error // an answer that is wanted only when nothing worse is found
}

// note takes in the field whose line begins at at in the head.
func (f *framing) note(line []byte, colon, at int) {
	switch colon {
	case 4, 6, 10, 14, 17:
	default:
		return
	}
	if f.fault != nil {
		return
	}
	s := view(line) // only within this call: line is lent
	name, value := s[:colon], s[colon+1:]
	switch colon {
	case 4:
		if EqualFold(name, "Host") {
			value = trimLeft(value)
			f.noteHost(Trim(value), at+len(line)-len(value))
		}
	case 6:
		if EqualFold(name, "Expect") && f.minor == 1 {
			if EqualFold(Trim(value), "100-continue") {
				f.expects = true
			} else {
				f.refusal = errExpect
			}
		}
	case 10:
		if EqualFold(name, "Connection") {
			Tokens(value, func(t string) bool {
				if EqualFold(t, "close") {
					f.closing = true
				} else if EqualFold(t, "keep-alive") {
					f.keep = true
				}
				return true
			})
		}
	case 14:
		if EqualFold(name, "Content-Length") {
			f.noteLength(Trim(value))
		}
	case 17:
		if EqualFold(name, "Transfer-Encoding") {
			f.noteCoding(Trim(value))
		}
	}
}

func (f *framing) noteHost(v string, at int) {
	switch {
	case f.hosts:
		f.fault = errHosts
	case !ValidHost(v):
		f.fault = errHost
	default:
		f.hosts, f.host, f.hostLen = true, at, len(v)
	}
}

func (f *framing) noteLength(v string) {
	n, ok := ParseLength(v)
	switch {
	case f.length >= 0:
		f.fault = errLengths
	case !ok:
		f.fault = errLength
	default:
		f.length = n
	}
}

func (f *framing) noteCoding(v string) {
	switch {
	case f.minor == 0:
		f.fault = errCoding10
		return
	case f.coding:
		f.fault = errCodings
		return
	}
	f.coding = true
	if EqualFold(v, "chunked") {
		f.chunked = true
		return
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
		f.fault = errCodings
		return
	}
	f.refusal = errCoding
}

// finish tells what is wrong with the head as a whole, and works out what h needs for that.
func (f *framing) finish(h *Head) error {
	switch {
	case f.fault != nil:
		return f.fault
	case f.coding && f.length >= 0:
		return errBoth
	case !f.hosts && h.Minor == 1:
		return errNoHost
	case h.Authority != "" && f.hosts && !EqualFold(h.Authority, h.Host):
		return errHostMismatch
	case f.refusal != nil:
		return f.refusal
	}
	if h.Host == "" {
		h.Host = h.Authority
	}
	h.KeepAlive = h.KeepAlive && !f.closing
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

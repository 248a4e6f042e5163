// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package wire

import (
	"encoding/binary"
	"strings"
	"time"

	"github.com/torsion-go/torsion/core/protocol"
)

// MaxQuote bounds what QOTD sends: RFC 865 has it shorter than 512 characters.
const MaxQuote = 511

// QOTD returns a factory that sends a quote and closes. What quote returns is cut to MaxQuote bytes. nil sends Twisted's.
func QOTD(quote func() string) protocol.Factory {
	return Once(func() []byte { return quoteOf(quote) })
}

func quoteOf(quote func() string) []byte {
	text := "An apple a day keeps the doctor away.\r\n"
	if quote != nil {
		text = quote()
	}
	return []byte(text[:min(len(text), MaxQuote)])
}

// Who returns a factory that sends the active users, one a line, and closes. nil sends "root", as Twisted does: real names are nobody's business by default.
func Who(users func() []string) protocol.Factory {
	return Once(func() []byte {
		names := []string{"root"}
		if users != nil {
			names = users()
		}
		var b strings.Builder
		for _, n := range names {
			b.WriteString(n + "\r\n")
		}
		return []byte(b.String())
	})
}

// Daytime returns a factory that sends the time as text, in UTC, and closes.
func Daytime() protocol.Factory { return Once(func() []byte { return daytime(time.Now()) }) }

func daytime(now time.Time) []byte {
	return []byte(now.UTC().Format("Monday, January 2, 2006 15:04:05-MST") + "\r\n")
}

// Time returns a factory that sends the seconds since 1900, in four bytes, and closes. The number wraps in 2036, as RFC 868 does. Twisted sends those since 1970.
func Time() protocol.Factory { return Once(func() []byte { return seconds(time.Now()) }) }

// from1900 is how many seconds 1970 is after 1900: RFC 868.
const from1900 = 2208988800

func seconds(now time.Time) []byte {
	return binary.BigEndian.AppendUint32(nil, uint32(now.Unix()+from1900))
}

// ReadTime returns the time that four bytes of a time server tell, taken to lie between 1968 and 2104.
func ReadTime(b [4]byte) time.Time {
	n := int64(binary.BigEndian.Uint32(b[:]))
	if n < 1<<31 { // after the wrap of 2036
		n += 1 << 32
	}
	return time.Unix(n-from1900, 0).UTC()
}

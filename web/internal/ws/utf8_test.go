// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package ws

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// texts are what a validator gets wrong: whole characters, and beginnings that nothing can complete.
var texts = []string{
	"", "hello", "Hello-µ@ßöäüàá-UTF-8!!", "κόσμε", "\x00", "\x7f", "\u0080", "\u07ff", "\u0800", "\ud7ff", "\ue000", "\ufffd", "\ufffe", "\uffff",
	"\U00010000", "\U0001fffe", "\U000fffff", "\U0010fffe", "\U0010ffff", "日本語", "a\U0001f600b", "\ufeffbom",
	"\x80", "\xbf", "\x80\xbf", "\x80\xbf\x80\xbf\x80\xbf", // continuations of nothing
	"\xc0 ", "\xdf ", "\xe0 ", "\xef ", "\xf0 ", "\xf7 ", "\xf8 ", "\xfc ", "\xc3\x28", // first bytes alone
	"\xc0", "\xe0\x80", "\xf0\x80\x80", "\xdf", "\xef\xbf", "\xf7\xbf\xbf", "\xf0\x90\x80", "\xf4\x8f\xbf", "\xe2\x82", // cut
	"\xfe", "\xff", "\xfe\xfe\xff\xff", // never
	"\xc0\xaf", "\xe0\x80\xaf", "\xf0\x80\x80\xaf", "\xf8\x80\x80\x80\xaf", "\xfc\x80\x80\x80\x80\xaf", // overlong
	"\xc1\xbf", "\xe0\x9f\xbf", "\xf0\x8f\xbf\xbf", "\xf8\x87\xbf\xbf\xbf", "\xc0\x80", "\xe0\x80\x80", "\xf0\x80\x80\x80",
	"\xed\xa0\x80", "\xed\xad\xbf", "\xed\xae\x80", "\xed\xaf\xbf", "\xed\xb0\x80", "\xed\xbe\x80", "\xed\xbf\xbf", "\xed\xa0\x80\xed\xb0\x80", "\xed\xaf\xbf\xed\xbf\xbf", // surrogates
	"\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xf7\xbf\xbf\xbf", "\xf8\x88\x80\x80\x80", "\xfb\xbf\xbf\xbf\xbf", "\xfd\xbf\xbf\xbf\xbf\xbf", // beyond
	"κόσμε\xf4\x90\x80\x80edited", "κόσμε\xed\xa0\x80edited", "Hello-µ@ß\xc0\xaf", "κόσμ\xce", strings.Repeat("é", 12) + "\xc3", strings.Repeat("é", 12) + "\xc3\xc3",
}

// canGoOn is the slow truth: some continuation makes s a valid text.
func canGoOn(s string) bool {
	ends := []string{""}
	for range 4 {
		for _, e := range ends {
			if utf8.ValidString(s + e) {
				return true
			}
		}
		var more []string
		for _, e := range ends {
			for _, c := range []string{"\x80", "\x8f", "\x90", "\x9f", "\xa0", "\xbf"} {
				more = append(more, e+c)
			}
		}
		ends = more
	}
	return false
}

// A text is refused at its first byte that cannot stand there, and no sooner, however it is cut in two or three.
func TestChecker(t *testing.T) {
	for _, s := range texts {
		bad := len(s) // the first byte that is wrong
		for i := range len(s) {
			if !canGoOn(s[:i+1]) {
				bad = i
				break
			}
		}
		for i := 0; i <= len(s); i++ {
			for j := i; j <= len(s); j++ {
				var c checker
				for at, piece := 0, ""; at < len(s); at += len(piece) {
					end := len(s)
					if at < i {
						end = i
					} else if at < j {
						end = j
					}
					piece = s[at:end]
					if ok := c.feed([]byte(piece)); ok != (end <= bad) {
						t.Fatalf("%q cut at %d and %d: %v at %d, the first bad byte is %d", s, i, j, ok, end, bad)
					} else if !ok {
						break
					}
				}
				if bad == len(s) && c.whole() != utf8.ValidString(s) {
					t.Errorf("%q cut at %d and %d: whole is %v", s, i, j, c.whole())
				}
			}
		}
	}
}

// A reader tells at once, not at the end of the frame or the message.
func TestEarlyUTF8(t *testing.T) {
	for _, s := range texts {
		for _, fragmented := range []bool{false, true} {
			r := NewReader(Client, nil, nil)
			if !fragmented {
				r.Next(Header{Opcode: Text, Final: true, Length: int64(len(s)) + 1}.Append(nil))
			}
			for i := range len(s) {
				b := []byte{s[i]}
				if fragmented {
					op := Continuation
					if i == 0 {
						op = Text
					}
					b = append(Header{Opcode: op, Length: 1}.Append(nil), s[i])
				}
				_, _, err := r.Next(b)
				if ok := canGoOn(s[:i+1]); ok != (err == nil) {
					t.Errorf("%q, fragmented %v: %v at byte %d", s, fragmented, err, i)
				}
				if err != nil {
					if err != error(errUTF8) {
						t.Errorf("%q: %v", s, err)
					}
					break
				}
			}
		}
	}
}

func FuzzChecker(f *testing.F) {
	for _, s := range texts {
		f.Add([]byte(s), 1, 2)
	}
	f.Fuzz(func(t *testing.T, p []byte, i, j int) {
		i = max(0, min(i, len(p)))
		j = max(i, min(j, len(p)))
		var c checker
		ok := c.feed(p[:i]) && c.feed(p[i:j]) && c.feed(p[j:]) && c.whole()
		if ok != utf8.Valid(p) {
			t.Errorf("%q cut at %d and %d: %v", p, i, j, ok)
		}
	})
}

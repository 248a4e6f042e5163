// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package saslprep prepares names and passwords for comparison, as RFC 4013 asks, with the tables of golang.org/x/text.
package saslprep

import (
	"errors"
	"fmt"
	"unicode/utf8"

	"golang.org/x/text/runes"
	"golang.org/x/text/secure/precis"
	"golang.org/x/text/transform"
	"golang.org/x/text/unicode/bidi"
	"golang.org/x/text/unicode/norm"
)

// profile maps as RFC 4013 does (2.1, 2.2) and refuses what PRECIS's freeform class refuses, whose tables are newer than those of stringprep: controls, unassigned
// and private code points, and surrogates (2.3, 2.5).
var profile = precis.NewFreeform(
	precis.AdditionalMapping(
		func() transform.Transformer { return runes.Remove(runes.Predicate(mappedToNothing)) },
		func() transform.Transformer { return runes.Map(space) },
	),
	precis.Norm(norm.NFKC),
)

// mappedToNothing is table B.1 of RFC 3454.
func mappedToNothing(r rune) bool {
	switch r {
	case 0x00AD, 0x034F, 0x1806, 0x180B, 0x180C, 0x180D, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF:
		return true
	}
	return r >= 0xFE00 && r <= 0xFE0F
}

// space maps table C.1.2 of RFC 3454.
func space(r rune) rune {
	switch {
	case r == 0x00A0, r == 0x1680, r >= 0x2000 && r <= 0x200A, r == 0x202F, r == 0x205F, r == 0x3000:
		return ' '
	}
	return r
}

var errEncoding = errors.New("not UTF-8")

// Prepare returns s prepared. Plain ASCII stays as it is, controls are refused, and so is what is empty or becomes so.
func Prepare(s string) (string, error) {
	if !utf8.ValidString(s) {
		return "", fmt.Errorf("saslprep: %w", errEncoding)
	}
	p, err := profile.String(s)
	if err != nil {
		return "", fmt.Errorf("saslprep: %w", err) // the text is not part of it
	}
	if p == "" {
		return "", errors.New("saslprep: empty")
	}
	if !oneDirection(p) {
		return "", errors.New("saslprep: text of mixed direction")
	}
	return p, nil
}

// oneDirection is the rule of RFC 3454, section 6: text with characters that are written from right to left has none from left to right, and begins and ends with one of
// the former.
func oneDirection(s string) bool {
	var right, left bool
	for _, r := range s {
		right = right || isRight(r)
		p, _ := bidi.LookupRune(r)
		left = left || p.Class() == bidi.L
	}
	if !right {
		return true
	}
	first, _ := utf8.DecodeRuneInString(s)
	last, _ := utf8.DecodeLastRuneInString(s)
	return !left && isRight(first) && isRight(last)
}

func isRight(r rune) bool {
	p, _ := bidi.LookupRune(r)
	return p.Class() == bidi.R || p.Class() == bidi.AL
}

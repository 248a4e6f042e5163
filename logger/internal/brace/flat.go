// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package brace

import (
	"fmt"
	"log/slog"
	"strconv"
)

// Keys makes the keys of flattened fields. Within one format the same key again gets "/2", "/3" and so on.
type Keys struct{ seen map[string]int }

// Key returns the key of a field: its name, "!", conv ("s", "r" or ""), ":", its specification.
func (k *Keys) Key(f Field, conv string) string {
	key := f.Name + "!" + conv + ":" + f.Spec
	if k.seen == nil {
		k.seen = map[string]int{}
	}
	k.seen[key]++
	if n := k.seen[key]; n > 1 {
		return key + "/" + strconv.Itoa(n)
	}
	return key
}

// Conv is the conversion under which a field's text is kept.
func (f Field) FlatConv() string {
	if f.Conv == 'r' {
		return "r"
	}
	return "s"
}

// AppendFlat appends format with the texts that were kept for its fields.
func AppendFlat(dst []byte, format string, flattened []slog.Attr) (_ []byte, err error) {
	from := len(dst)
	defer catch(&err)
	var keys Keys
	s := Scan(format)
	for {
		literal, f, hasField, ok, err := s.Next()
		if err != nil {
			return dst[:from], err
		}
		if !ok {
			return Cut(dst, from), nil
		}
		dst = append(dst, literal...)
		if hasField {
			key := keys.Key(f, f.FlatConv())
			v, found := LookupAttr(flattened, key)
			if !found {
				return dst[:from], fmt.Errorf("the flattened event has no %q", key)
			}
			dst = AppendText(dst, v)
		}
		if len(dst)-from > Max {
			return Cut(dst, from), nil
		}
	}
}

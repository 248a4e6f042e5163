// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package brace

import (
	"fmt"
	"log/slog"
	"strconv"

	"github.com/torsion-go/torsion/logger/internal/text"
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
	f := Parse(format)
	if f.Err != nil {
		return dst, f.Err
	}
	find := Finder(flattened, len(f.Parts))
	for i := range f.Parts {
		p := &f.Parts[i]
		dst = append(dst, p.Literal...)
		if p.HasField {
			v, found := find(p.TextKey)
			if !found {
				return dst[:from], fmt.Errorf("the flattened event has no %q", p.TextKey)
			}
			dst = AppendText(dst, v)
		}
		if len(dst)-from > text.Max {
			break
		}
	}
	return text.Cut(dst, from), nil
}

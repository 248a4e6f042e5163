// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package dirdbm

import (
	"encoding/base64"
	"strings"
)

// The form of base64.encodebytes: each line, the last too, ends in a newline.
const (
	lineBytes = 57
	lineChars = 76
)

// MaxKey is the length of the longest key, in bytes: its file's name, with an extension, is as long as file systems allow.
const MaxKey = 183

// encode returns the file name of a key.
func encode(key string) string {
	var b strings.Builder
	for len(key) > 0 {
		n := min(len(key), lineBytes)
		b.WriteString(base64.StdEncoding.EncodeToString([]byte(key[:n])))
		b.WriteByte('_')
		key = key[n:]
	}
	return strings.ReplaceAll(b.String(), "/", "-")
}

// decode returns the key of a file name, and false for the name of something else.
func decode(name string) (string, bool) {
	var key []byte
	rest := strings.ReplaceAll(name, "-", "/")
	for rest != "" {
		line, after, ok := strings.Cut(rest, "_")
		if !ok || len(line) > lineChars || len(line) < lineChars && after != "" {
			return "", false
		}
		piece, err := base64.StdEncoding.Strict().DecodeString(line)
		if err != nil || len(piece) == 0 {
			return "", false
		}
		key, rest = append(key, piece...), after
	}
	return string(key), len(key) > 0 && len(key) <= MaxKey
}

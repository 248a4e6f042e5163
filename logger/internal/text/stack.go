// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package text

import (
	"errors"
	"fmt"
	"strings"
)

// Stack returns the stack that an error in err's chain offers, or "": by a method Stack() string or Traceback() string, or by what %+v prints behind the message.
func Stack(err error) (stack string) {
	if err == nil {
		return ""
	}
	defer func() {
		if recover() != nil {
			stack = "" // a method of the error panicked
		}
	}()
	var s interface{ Stack() string }
	if errors.As(err, &s) {
		return s.Stack()
	}
	var t interface{ Traceback() string }
	if errors.As(err, &t) {
		s := t.Traceback()
		if e, ok := t.(error); ok {
			s = strings.TrimPrefix(s, e.Error())
		}
		return strings.Trim(s, "\n")
	}
	for e := err; e != nil; e = errors.Unwrap(e) {
		if _, ok := e.(fmt.Formatter); ok {
			rest, _ := strings.CutPrefix(fmt.Sprintf("%+v", e), e.Error())
			return strings.Trim(rest, "\n")
		}
	}
	return ""
}

// Error returns the text of an error, whose method may panic.
func Error(err error) (text string) {
	defer func() {
		if r := recover(); r != nil {
			text = fmt.Sprintf("(its Error method panics: %v)", r)
		}
	}()
	return err.Error()
}

// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package logtest_test

import (
	"strings"
	"sync"
	"testing"

	"github.com/torsion-go/torsion/core/internal/logtest"
)

func TestBook(t *testing.T) {
	var book logtest.Book
	var writers sync.WaitGroup
	for range 4 {
		writers.Go(func() { book.Logger().Debug("one", "key", "a value") })
	}
	book.Logger().Info("two")
	writers.Wait()
	if lines := book.Lines("msg=one"); len(lines) != 4 || !strings.Contains(lines[0], `key="a value"`) || len(book.Lines("")) != 5 {
		t.Errorf("the book says\n%s", book.String())
	}
	if book.Reset(); book.String() != "" || book.Lines("") != nil {
		t.Errorf("after Reset: %q", book.String())
	}
}

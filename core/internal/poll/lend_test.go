// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package poll_test

import (
	"slices"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/internal/poll"
)

func TestLend(t *testing.T) {
	opened := 0
	at := time.Unix(1, 0)
	source := poll.Source{
		Open: func() (poll.Poller, error) { opened++; return poll.New("") },
		Now:  func() time.Time { return at },
	}
	name, takeBack := poll.Lend(source)
	other, takeOther := poll.Lend(source)
	if name == other || slices.Contains(poll.Names(), name) {
		t.Errorf("lent as %q and %q, of %q", name, other, poll.Names())
	}
	takeOther()
	if _, err := poll.Find(other); err == nil {
		t.Error("found after it was taken back")
	}
	s, err := poll.Find(name)
	if err != nil {
		t.Fatal(err)
	}
	takeBack()
	p, err := s.Open() // what was found stays
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Close(); err != nil || opened != 1 || !s.Now().Equal(at) {
		t.Errorf("%v, opened %d times, the time is %v", err, opened, s.Now())
	}
	if _, err := poll.New(name); err == nil {
		t.Error("opened after it was taken back")
	}
}

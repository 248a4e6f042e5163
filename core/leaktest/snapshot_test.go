// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package leaktest_test

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/core/leaktest"
)

func block(until chan struct{}) { <-until }

func TestSnapshot(t *testing.T) {
	before := leaktest.Take()
	until := make(chan struct{})
	for range 2 {
		go block(until)
	}
	f, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	leaks := before.Leaks(0, nil)
	want := 2
	if runtime.GOOS == "linux" {
		want = 3
	}
	if len(leaks) != want {
		t.Fatalf("found %v", leaks)
	}
	for _, l := range leaks[:2] {
		if l.Kind != leaktest.Goroutine || !strings.Contains(l.String(), "created by ") || !strings.HasPrefix(l.What, fmt.Sprintf("goroutine %d ", l.ID)) {
			t.Errorf("found %+v", l)
		}
	}
	if leaks[0].ID >= leaks[1].ID {
		t.Error("they are in no order")
	}
	if want == 3 {
		if l := leaks[2]; l.Kind != leaktest.Descriptor || l.ID != uint64(f.Fd()) || l.String() != fmt.Sprintf("file descriptor %d, open on /dev/null", l.ID) {
			t.Errorf("found %+v", l)
		}
	}
	if got := before.Leaks(0, func(l leaktest.Leak) bool { return l.ID == leaks[0].ID && l.Kind == leaktest.Goroutine }); len(got) != 1 || got[0].ID != leaks[0].ID {
		t.Errorf("of one that is wanted it found %v", got)
	}
	close(until)
}

func ExampleSnapshot() {
	before := leaktest.Take()
	until := make(chan struct{})
	go block(until) // ends when until is closed
	for _, l := range before.Leaks(0, nil) {
		fmt.Println(l.Kind == leaktest.Goroutine, strings.Contains(l.What, "created by "))
	}
	close(until)
	// Output: true true
}

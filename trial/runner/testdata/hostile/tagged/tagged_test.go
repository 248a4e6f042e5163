// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package tagged

import (
	"flag"
	"os"
	"testing"
)

var word = flag.String("word", "", "")

func TestZlib(t *testing.T) {
	if !has {
		t.Skip("no zlib")
	}
}

// TestWord logs as a trial.Case does.
func TestWord(t *testing.T) {
	if event := os.Getenv("EVENT"); event != "" {
		f, err := os.OpenFile(os.Getenv("TORSION_TRIAL_LOG"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o666)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if _, err := f.WriteString("--> the events <--\n" + event + "\n"); err != nil {
			t.Fatal(err)
		}
	}
	t.Skip("word=" + *word + " reactor=" + os.Getenv("TORSION_REACTOR"))
}

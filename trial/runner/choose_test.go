// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package runner_test

import (
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/trial/result"
	"github.com/torsion-go/torsion/trial/runner"
)

// tree makes a module of three packages, of which top needs mid and mid needs low, in tests only, and side needs nothing.
func tree(t *testing.T) (runner.Config, *recorder, io.Writer) {
	t.Helper()
	cfg, rec, out := config(t, "./...")
	cfg.Dir = t.TempDir()
	for name, text := range map[string]string{
		"go.mod":              "module example.com/tree\n\ngo 1.26.0\n",
		"low/low.go":          "package low\n\nconst N = 1\n",
		"low/low_test.go":     "package low\n\nimport \"testing\"\n\nfunc TestLow(t *testing.T) {}\n",
		"mid/mid.go":          "package mid\n",
		"mid/mid_test.go":     "package mid_test\n\nimport (\n\t\"testing\"\n\n\t\"example.com/tree/low\"\n)\n\nfunc TestMid(t *testing.T) { _ = low.N }\n",
		"top/top.go":          "package top\n\nimport _ \"example.com/tree/low\"\n",
		"top/top_test.go":     "package top\n\nimport \"testing\"\n\nfunc TestTop(t *testing.T) {}\n",
		"side/side_test.go":   "package side\n\nimport \"testing\"\n\nfunc TestSide(t *testing.T) {}\n",
		"side/testdata/x.txt": "1\n",
		"README":              "a tree\n",
	} {
		put(t, filepath.Join(cfg.Dir, name), text)
	}
	return cfg, rec, out
}

func git(t *testing.T, dir string, args ...string) {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip(err)
	}
	cmd := exec.Command("git", append([]string{"-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"}, args...)...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("git %v: %v: %s", args, err, out)
	}
}

func TestSince(t *testing.T) {
	for _, tt := range []struct{ name, file, want string }{
		{"nothing", "", ""},
		{"a package and those that need it", "low/low.go", "TestLow TestMid TestTop"},
		{"a package that nobody needs", "top/top.go", "TestTop"},
		{"a test", "low/low_test.go", "TestLow TestMid TestTop"},
		{"testdata", "side/testdata/x.txt", "TestSide"},
		{"a new file", "side/new.go", "TestSide"},
		{"the module", "go.mod", "TestLow TestMid TestSide TestTop"},
		{"what belongs to no package", "README", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cfg, rec, _ := tree(t)
			git(t, cfg.Dir, "init", "-q")
			git(t, cfg.Dir, "add", ".")
			git(t, cfg.Dir, "commit", "-q", "-m", "first")
			if tt.file != "" {
				old, _ := os.ReadFile(filepath.Join(cfg.Dir, tt.file))
				if len(old) == 0 {
					old = []byte("package side\n")
				}
				put(t, filepath.Join(cfg.Dir, tt.file), string(old)+"\n")
			}
			cfg.Since, cfg.DryRun = "HEAD", true
			run(t, cfg)
			slices.Sort(rec.ended)
			if got := strings.Join(rec.ended, " "); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
	cfg, _, _ := tree(t)
	git(t, cfg.Dir, "init", "-q")
	cfg.Since = "nowhere"
	if _, err := runner.Run(t.Context(), cfg); err == nil || !strings.Contains(err.Error(), "nowhere") {
		t.Errorf("no such revision: %v", err)
	}
}

// The parts of a run are all of it, once, and about as long as each other.
func TestShard(t *testing.T) {
	cfg, _, _ := tree(t)
	put(t, cfg.Durations, `{"example.com/tree/low": 20, "example.com/tree/mid": 4, "example.com/tree/side": 5}`)
	cfg.DryRun = true
	var got []string
	for i := range 2 {
		c := cfg
		rec := &recorder{}
		c.Shard, c.Reporter = runner.Shard{Index: i + 1, Count: 2}, rec
		run(t, c)
		slices.Sort(rec.ended)
		got = append(got, strings.Join(rec.ended, " "))
	}
	if want := []string{"TestLow", "TestMid TestSide TestTop"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	c := cfg
	c.DryRun, c.Durations = false, filepath.Join(t.TempDir(), "new.json")
	run(t, c)
	if text, err := os.ReadFile(c.Durations); err != nil || !strings.Contains(string(text), `"example.com/tree/mid": 0.`) {
		t.Errorf("recorded: %v: %s", err, text)
	}
}

// A file that changes long after a run is noticed too, in a folder without a package.
func TestWatchLater(t *testing.T) {
	cfg, rec, _ := tree(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	watching := make(chan struct{}, 2) // a word for each run
	cfg.Messages = writerFunc(func(b []byte) {
		if strings.HasPrefix(string(b), "Watching ") {
			watching <- struct{}{}
		}
	})
	go func() { // ends with the second run
		<-watching
		_ = os.WriteFile(filepath.Join(cfg.Dir, "side/testdata/x.txt"), []byte("later\n"), 0o666)
	}()
	runs := 0
	err := runner.Watch(ctx, cfg, func(*result.Summary) {
		if runs++; runs == 1 {
			rec.ended = nil
			return
		}
		cancel()
	})
	if err != nil || runs != 2 || !slices.Equal(rec.ended, []string{"TestSide"}) {
		t.Errorf("%v: %d runs, the last of %v", err, runs, rec.ended)
	}
}

type writerFunc func(b []byte)

func (w writerFunc) Write(b []byte) (int, error) {
	w(b)
	return len(b), nil
}

func TestWatch(t *testing.T) {
	cfg, rec, _ := tree(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var runs []string
	err := runner.Watch(ctx, cfg, func(*result.Summary) {
		slices.Sort(rec.ended)
		runs = append(runs, strings.Join(rec.ended, " "))
		rec.ended = nil
		switch len(runs) {
		case 1:
			put(t, filepath.Join(cfg.Dir, "low/low.go"), "package low\n\nconst N = 200\n")
		case 2:
			put(t, filepath.Join(cfg.Dir, "side/testdata/x.txt"), "another text\n")
		default:
			cancel()
		}
	})
	want := []string{"TestLow TestMid TestSide TestTop", "TestLow TestMid TestTop", "TestSide"}
	if err != nil || !slices.Equal(runs, want) {
		t.Errorf("%v: got %q, want %q", err, runs, want)
	}
}

// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package fetch_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/client"
	"github.com/torsion-go/torsion/web/fetch"
	"github.com/torsion-go/torsion/web/webtest"
)

// threads is a loop whose work beside it is done when the test says so.
type threads struct {
	*protocoltest.Clock
	jobs []func()
}

func (l *threads) CallInThread(f func()) { l.jobs = append(l.jobs, f) }

func (l *threads) settle() {
	for range 50 {
		l.Advance(0)
		l.Settle()
	}
}

// work does the job with that number.
func (l *threads) work(i int) {
	job := l.jobs[i]
	l.jobs = slices.Delete(l.jobs, i, i+1)
	job()
	l.settle()
}

// onThreads is a Doer of that loop.
type onThreads struct {
	client.Doer
	loop *threads
}

func (d onThreads) Loop() protocol.Loop { return d.loop }

// A download that is cancelled at any moment leaves nothing, or all of it, whatever is being done beside the loop and in which order that ends.
func TestDownloadCancelled(t *testing.T) {
	big := strings.Repeat("0123456789", 50000)
	for _, resume := range []bool{false, true} {
		for _, backwards := range []bool{false, true} {
			for steps, done := 0, false; !done; steps++ {
				l := &threads{Clock: protocoltest.NewClock()}
				a := webtest.NewAgent(l.Clock, web.NewSite(webtest.NewStub(webtest.Answer{Body: big}), web.Config{}), client.Config{})
				c, err := fetch.Over(onThreads{a, l}, fetch.Config{Base: "http://a.example"})
				if err != nil {
					t.Fatal(err)
				}
				dir := t.TempDir()
				path := filepath.Join(dir, "out")
				d := c.Download("/big", path, &fetch.Download{Resume: resume})
				l.settle()
				for range steps {
					if len(l.jobs) > 0 {
						l.work(0)
					}
				}
				if done = d.Called(); !done {
					d.Cancel()
				}
				l.settle()
				for len(l.jobs) > 0 {
					if backwards {
						l.work(len(l.jobs) - 1)
					} else {
						l.work(0)
					}
				}
				_, err = webtest.Result(l.Clock, d)
				if done != (err == nil) || err != nil && !errors.Is(err, deferred.ErrCancelled) {
					t.Fatalf("after %d steps: %v", steps, err)
				}
				list, _ := os.ReadDir(dir)
				b, _ := os.ReadFile(path)
				if len(list) > 1 || len(list) == 1 && string(b) != big || done && len(list) == 0 {
					t.Errorf("resume %v, after %d steps: %d bytes, %v in the folder", resume, steps, len(b), list)
				}
			}
		}
	}
}

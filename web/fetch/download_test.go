// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package fetch_test

import (
	"errors"
	"net/http"
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

// A part is not taken for the whole.
func TestDownloadPart(t *testing.T) {
	part := func(of string) webtest.Answer {
		return webtest.Answer{Status: 206, Header: http.Header{"Content-Range": {of}}, Body: "56789", Times: 1}
	}
	whole := webtest.Answer{Body: "0123456789", Header: http.Header{"Etag": {`"1"`}}}
	ranged := fetch.Options{Header: header("Range", "bytes=5-")}
	for _, tt := range []struct {
		name    string
		o       fetch.Download
		there   string // of an earlier attempt
		answers []webtest.Answer
		want    string // "" for a *StatusError of 206
		ranges  string
	}{
		{"unasked", fetch.Download{}, "", []webtest.Answer{part("bytes 5-9/10")}, "", ""},
		{"unasked, with Resume", fetch.Download{Resume: true}, "", []webtest.Answer{part("bytes 5-9/10")}, "", ""},
		{"unasked, where any success is fine", fetch.Download{Options: fetch.Options{Expect: []int{2}}}, "", []webtest.Answer{part("bytes 5-9/10")}, "", ""},
		{"unasked, and expected", fetch.Download{Options: fetch.Options{Expect: []int{206}}}, "", []webtest.Answer{part("bytes 5-9/10")}, "56789", ""},
		{"asked", fetch.Download{Options: ranged}, "", []webtest.Answer{part("bytes 5-9/10")}, "56789", "bytes=5-"},
		{"the rest", fetch.Download{Resume: true}, "01234", []webtest.Answer{part("bytes 5-9/10")}, "0123456789", "bytes=5-"},
		{"the rest of who knows", fetch.Download{Resume: true}, "01234", []webtest.Answer{part("bytes 5-9/*")}, "0123456789", "bytes=5-"},
		{"not all of the rest", fetch.Download{Resume: true}, "01234", []webtest.Answer{part("bytes 5-9/20"), whole}, "0123456789", "bytes=5-,"},
		{"another part", fetch.Download{Resume: true}, "01234", []webtest.Answer{part("bytes 4-9/10"), whole}, "0123456789", "bytes=5-,"},
		{"no word of which", fetch.Download{Resume: true}, "01234", []webtest.Answer{part("lines 5-9/10"), whole}, "0123456789", "bytes=5-,"},
		{"parts without end", fetch.Download{Resume: true}, "01234", []webtest.Answer{part("bytes 0-4/10"), part("bytes 0-4/10"), part("bytes 0-4/10")}, "", "bytes=5-,"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "out")
			if tt.there != "" {
				if err := errors.Join(os.WriteFile(path+".part", []byte(tt.there), 0o600), os.WriteFile(path+".part.tag", []byte(`"1"`), 0o600)); err != nil {
					t.Fatal(err)
				}
			}
			stub := webtest.NewStub(tt.answers...)
			c, clock := over(t, stub, fetch.Config{Base: "http://a.example"})
			n, err := webtest.Result(clock, c.Download("/", path, &tt.o))
			got, _ := os.ReadFile(path)
			list, _ := os.ReadDir(dir)
			if string(got) != tt.want || n != int64(len(got)) || len(list) != min(len(got), 1) {
				t.Errorf("%d bytes, %q, %v in the folder", n, got, list)
			}
			if e, ok := errors.AsType[*fetch.StatusError](err); ok != (tt.want == "") || ok && e.Status != 206 || !ok && err != nil {
				t.Error(err)
			}
			var ranges []string
			for _, a := range stub.Asked() {
				ranges = append(ranges, a.Header.Get("Range"))
			}
			if got := strings.Join(ranges, ","); got != tt.ranges {
				t.Errorf("ranges %q, want %q", got, tt.ranges)
			}
		})
	}
}

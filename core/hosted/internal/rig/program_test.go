// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package rig

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/hosted/internal/ticker"
)

var (
	screenshots = flag.String("screenshots", "", "keep the screenshots in this `folder`")
	measure     = flag.Bool("measure", false, "measure latency and frame rates, too")
)

// patience is when a test that waits for something gives up. It says nothing about speed.
const patience = 60 * time.Second

// An example is one of the programs.
type example struct {
	name  string
	there []string // a command that succeeds where the toolkit can be built with
	pkg   string   // of Debian

	build func() (file string, err error)
}

var examples = []*example{
	{name: "gtkticker", there: []string{"pkg-config", "--exists", "gtk+-3.0"}, pkg: "libgtk-3-dev"},
	{name: "qtticker", there: []string{"pkg-config", "--exists", "Qt5Widgets"}, pkg: "qtbase5-dev"},
	{name: "wxticker", there: []string{"wx-config", "--version"}, pkg: "libwxgtk3.2-dev"},
}

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "rig")
	if err != nil {
		panic(err)
	}
	for _, e := range examples {
		e.build = sync.OnceValues(func() (string, error) {
			file := filepath.Join(dir, e.name)
			if text, err := exec.Command("go", "build", "-o", file, "../../examples/"+e.name).CombinedOutput(); err != nil {
				return "", fmt.Errorf("go build: %w\n%s", err, text)
			}
			return file, nil
		})
	}
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// forEach runs a test with each of the examples.
func forEach(t *testing.T, test func(t *testing.T, e *example)) {
	for _, e := range examples {
		t.Run(e.name, func(t *testing.T) {
			if err := exec.Command(e.there[0], e.there[1:]...).Run(); err != nil {
				t.Skipf("the toolkit is missing (%v; Debian: apt-get install %s)", err, e.pkg)
			}
			for _, tool := range [][2]string{{"xdotool", "xdotool"}, {"import", "imagemagick"}} {
				if _, err := exec.LookPath(tool[0]); err != nil {
					t.Skipf("%s is missing (Debian: apt-get install %s)", tool[0], tool[1])
				}
			}
			test(t, e)
		})
	}
}

// A program is an example that runs on a display of its own, with the test as its peer.
type program struct {
	*testing.T
	display *Display
	title   string
	window  uint32
	peer    net.Conn
	cmd     *exec.Cmd
	reports chan ticker.Report // one a second; room for those of a test that does not read them
	ended   chan error         // how the process ended; room for it
	errs    bytes.Buffer       // what it wrote to its standard error, after the end
}

// run starts an example that connects to address.
func run(t *testing.T, e *example, address string) *program {
	t.Helper()
	file, err := e.build()
	if err != nil {
		t.Fatal(err)
	}
	d, err := NewDisplay()
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(d.Close)
	p := &program{T: t, display: d, title: "Torsion: " + e.name, reports: make(chan ticker.Report, 1000), ended: make(chan error, 1)}
	p.cmd = exec.Command(file, address)
	own := t.TempDir()
	if err := os.Chmod(own, 0o700); err != nil { // else Qt complains
		t.Fatal(err)
	}
	p.cmd.Env = append(d.Env(), "XDG_RUNTIME_DIR="+own, "NO_AT_BRIDGE=1", "LC_ALL=C.UTF-8")
	p.cmd.Stderr = &p.errs
	endWithUs(p.cmd)
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	gone := make(chan struct{})
	go func() { // ends with the process; the cleanup waits for it
		defer close(gone)
		defer close(p.reports)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			var r ticker.Report
			if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
				t.Errorf("%s printed %q: %v", e.name, lines.Text(), err)
			}
			p.reports <- r
		}
		p.ended <- p.cmd.Wait()
	}()
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill()
		<-gone
		if t.Failed() {
			t.Logf("standard error: %s", p.errs.String())
		}
	})
	return p
}

// start starts an example, connects it with the test, and waits for its window.
func start(t *testing.T, e *example) *program {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	p := run(t, e, "tcp:"+l.Addr().String())
	_ = l.(*net.TCPListener).SetDeadline(time.Now().Add(patience))
	p.peer, err = l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.peer.Close() })
	_ = p.peer.SetDeadline(time.Now().Add(patience))
	p.waitWindow()
	return p
}

// waitWindow waits until the window is on the screen and was painted.
func (p *program) waitWindow() {
	p.Helper()
	p.wait("the window", func(r ticker.Report) bool { return r.Frames > 0 })
	windows, err := p.display.Windows(p.title)
	if err != nil || len(windows) != 1 {
		p.Fatalf("windows %v, %v: want one with the title %q", windows, err, p.title)
	}
	p.window = windows[0]
}

// wait reads reports until ok says so.
func (p *program) wait(what string, ok func(r ticker.Report) bool) {
	p.Helper()
	for timeout := time.After(patience); ; {
		select {
		case r, on := <-p.reports:
			if !on {
				p.Fatalf("the program has ended, waiting for %s", what)
			}
			if ok(r) {
				return
			}
		case <-timeout:
			p.Fatalf("waited too long for %s", what)
		}
	}
}

func (p *program) send(text string) {
	p.Helper()
	if _, err := p.peer.Write([]byte(text)); err != nil {
		p.Fatal(err)
	}
}

// show sends n lines and waits until they are painted.
func (p *program) show(n int) {
	p.Helper()
	for i := range n {
		p.send(fmt.Sprintf("%d line %d\n", time.Now().UnixNano(), i+1))
	}
	seen := 0
	p.wait("the lines", func(r ticker.Report) bool { seen += r.Shown; return seen == n })
}

// exits waits for the end of the process, which has to be a good one, and looks for what must be gone then.
func (p *program) exits() {
	p.Helper()
	select {
	case err := <-p.ended:
		if err != nil {
			p.Errorf("the program ended with %v, want status 0", err)
		}
	case <-time.After(patience):
		p.Fatal("the program has not ended")
	}
	if p.peer != nil {
		for b := make([]byte, 100); ; {
			if _, err := p.peer.Read(b); errors.Is(err, os.ErrDeadlineExceeded) {
				p.Error("the connection was not closed")
			} else if err == nil {
				continue
			}
			break
		}
	}
	if windows, err := p.display.Windows(p.title); err != nil || len(windows) != 0 {
		p.Errorf("windows %v, %v: want none after the end", windows, err)
	}
}

// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package web_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/web"
)

// fileTransport is a StringTransport that sends files by itself.
type fileTransport struct {
	*protocoltest.StringTransport
	refuse error
	fail   error // in the middle
	files  int
}

func (t *fileTransport) SendFile(f *os.File, offset, n int64, done func(int64, error)) error {
	if t.refuse != nil {
		return t.refuse
	}
	t.files++
	b := make([]byte, n)
	if _, err := f.ReadAt(b, offset); err != nil {
		return err
	}
	if t.fail == nil {
		t.Write(b)
		t.Clock.CallLater(0, func() { done(n, nil) })
	} else {
		t.Write(b[:n/2])
		t.Clock.CallLater(0, func() { done(n/2, t.fail) })
	}
	return nil
}

// onFiles gives a protocol that transport.
type onFiles struct {
	protocol.Protocol
	t *fileTransport
}

func (p onFiles) ConnectionMade(protocol.Transport)              { p.Protocol.ConnectionMade(p.t) }
func (p onFiles) DataReceived(_ protocol.Transport, b []byte)    { p.Protocol.DataReceived(p.t, b) }
func (p onFiles) ConnectionLost(_ protocol.Transport, err error) { p.Protocol.ConnectionLost(p.t, err) }

func TestSendFile(t *testing.T) {
	content := strings.Repeat("0123456789", 20000)
	path := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	// from sends <, a part of f, and >.
	from := func(f io.ReaderAt, length bool, ends *[]error) web.Resource {
		return web.Func(func(r *web.Request) {
			if length {
				r.ResponseHeader().Set("Content-Length", "150002")
			}
			io.WriteString(r, "<")
			r.SendFile(f, 5, 150000, func(err error) {
				if *ends = append(*ends, err); err == nil {
					io.WriteString(r, ">")
					r.Finish()
				}
			})
		})
	}
	want := "<" + content[5:150005] + ">"
	for _, tt := range []struct {
		name    string
		f       io.ReaderAt
		length  bool
		refuse  error
		through int // files that the transport has sent
	}{
		{"by the transport", file, true, nil, 2},
		{"refused", file, true, errors.ErrUnsupported, 0},
		{"in chunks", file, false, nil, 0},
		{"no file", strings.NewReader(content), true, nil, 0},
	} {
		for _, coded := range []bool{false, true} {
			var ends []error
			root := from(tt.f, tt.length, &ends)
			if coded {
				root = shoutThrough(&shouter{hold: 100}, root, nil)
			}
			p, _ := web.NewSite(root, web.Config{Logger: quiet}).BuildProtocol(nil)
			tr := &fileTransport{StringTransport: protocoltest.NewStringTransport(), refuse: tt.refuse}
			tr.Connect(onFiles{p, tr})
			tr.FeedString(get + get)
			settle(tr.StringTransport)
			until(t, tr.StringTransport, func() bool { return len(ends) == 2 })
			settle(tr.StringTransport)
			first, second, _ := strings.Cut(tr.Value()[1:], "HTTP/1.1 ")
			for _, got := range []string{first, second} {
				b := body(got)
				if header(got, "Transfer-Encoding") != "" {
					b = dechunk(t, b)
				}
				if w := want; coded && strings.ReplaceAll(b, "|", "") != w+"." || !coded && b != w {
					t.Errorf("%s, coded %v: got %d bytes: %.200q", tt.name, coded, len(b), got)
				}
			}
			if through := tr.files; !coded && through != tt.through || coded && through != 0 {
				t.Errorf("%s, coded %v: %d files sent by the transport", tt.name, coded, through)
			}
		}
	}
}

// When a file cannot be sent, the response is cut off and done is told why, once.
func TestSendFileFails(t *testing.T) {
	short := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(short, make([]byte, 70000), 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(short)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for name, tt := range map[string]struct {
		f    io.ReaderAt
		fail error
		n    int64
		want error
	}{
		"shorter":         {strings.NewReader("short"), nil, 100, io.ErrUnexpectedEOF},
		"shorter file":    {file, nil, 100000, io.ErrUnexpectedEOF},
		"transport":       {file, io.ErrNoProgress, 70000, io.ErrNoProgress},
		"more than said":  {file, nil, 100001, web.ErrContentLength},
		"nothing to send": {file, nil, 0, nil},
	} {
		var ends []error
		p, _ := web.NewSite(web.Func(func(r *web.Request) {
			r.ResponseHeader().Set("Content-Length", "100000")
			r.SendFile(tt.f, 0, tt.n, func(err error) {
				ends = append(ends, err)
				r.Finish()
			})
			if len(ends) > 0 {
				t.Errorf("%s: done inside SendFile", name)
			}
		}), web.Config{Logger: quiet}).BuildProtocol(nil)
		tr := &fileTransport{StringTransport: protocoltest.NewStringTransport(), fail: tt.fail}
		tr.Connect(onFiles{p, tr})
		tr.FeedString(get)
		for range 20 {
			tr.Clock.Advance(0)
		}
		if len(ends) != 1 || !errors.Is(ends[0], tt.want) || tt.want == nil && ends[0] != nil || !tr.Aborted() {
			t.Errorf("%s: got %v, aborted %v", name, ends, tr.Aborted())
		}
	}
	for name, in := range map[string]string{"head": getHead, "gone": get} {
		var ends []error
		var r *web.Request
		tr, _ := serve(t, web.Func(func(req *web.Request) {
			r = req
			r.NotDoneYet()
		}), web.Config{})
		tr.FeedString(in)
		want := web.ErrNoBody
		if name == "gone" {
			tr.Lose(protocol.Aborted())
			want = net.ErrClosed
		}
		r.SendFile(file, 0, 10, func(err error) { ends = append(ends, err) })
		tr.Clock.Advance(0)
		if fmt.Sprint(ends) != fmt.Sprint([]error{want}) {
			t.Errorf("%s: got %v, want %v", name, ends, want)
		}
	}
}

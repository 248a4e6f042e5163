// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package framing_test

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"net"
	"slices"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/core/framing"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
)

// A lineLog notes what it is called with. do, if set, acts on a line.
type lineLog struct {
	events []string
	do     func(c *framing.Lines, line string)
	raw    func(c *framing.Lines, p []byte)
	reason error
}

func (h *lineLog) LineReceived(c *framing.Lines, line []byte) {
	h.events = append(h.events, string(line))
	if h.do != nil {
		h.do(c, string(line))
	}
}

func (h *lineLog) RawDataReceived(c *framing.Lines, p []byte) {
	h.events = append(h.events, "raw:"+string(p))
	if h.raw != nil {
		h.raw(c, p)
	}
}

func (h *lineLog) ConnectionLost(_ *framing.Lines, reason error) { h.reason = reason }

func connectLines(l *framing.Lines) *protocoltest.StringTransport {
	tr := protocoltest.NewStringTransport()
	tr.Connect(l)
	return tr
}

func TestLineDelimiters(t *testing.T) {
	for _, tt := range []struct {
		delimiter, input string
		want             []string
	}{
		{"", "one\r\ntwo\n\r\r\n\r\nrest", []string{"one", "two\n\r", ""}},
		{"\n", "one\r\ntwo\n", []string{"one\r", "two"}},
		{"\x00", "a\x00\x00b", []string{"a", ""}},
		{"--end--", "x--end-y--end----end--", []string{"x--end-y", ""}},
		{"aa", "baaaac", []string{"b", ""}},
	} {
		t.Run(fmt.Sprintf("%q", tt.delimiter), func(t *testing.T) {
			protocoltest.Splits(t, []byte(tt.input), func(pieces iter.Seq[[]byte]) string {
				var h lineLog
				tr := connectLines(&framing.Lines{Handler: &h, Delimiter: tt.delimiter})
				for p := range pieces {
					tr.Feed(p)
				}
				if !slices.Equal(h.events, tt.want) {
					t.Errorf("got %q, want %q", h.events, tt.want)
				}
				return fmt.Sprintf("%q", h.events)
			})
		})
	}
}

// An LMTP-like dialogue: commands by line, the message as raw data up to a lone dot, then commands again.
type lmtp struct{ message []byte }

func (s *lmtp) ConnectionMade(c *framing.Lines) { c.SendLineString("220 ready") }

func (s *lmtp) LineReceived(c *framing.Lines, line []byte) {
	switch verb, _, _ := strings.Cut(string(line), " "); verb {
	case "LHLO", "MAIL", "RCPT":
		c.SendLineString("250 " + verb)
	case "DATA":
		c.SendLineString("354 go on")
		c.SetRawMode()
	case "QUIT":
		c.SendLineString("221 bye")
		c.LoseConnection()
	default:
		c.SendLineString("500 " + string(line))
	}
}

func (s *lmtp) RawDataReceived(c *framing.Lines, p []byte) {
	s.message = append(s.message, p...)
	text, rest, ended := strings.Cut(string(s.message), "\r\n.\r\n")
	if !ended {
		return
	}
	c.SendLineString(fmt.Sprintf("250 %d bytes", len(text)))
	s.message = nil
	c.SetLineMode([]byte(rest))
}

func TestDialogueAtEverySplit(t *testing.T) {
	input := "LHLO me\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\nSubject: x\r\n\r\nbody\r\n.\r\nNOOP\r\nQUIT\r\nMAIL too late\r\n"
	want := "220 ready\r\n250 LHLO\r\n250 MAIL\r\n250 RCPT\r\n354 go on\r\n250 18 bytes\r\n500 NOOP\r\n221 bye\r\n"
	protocoltest.Splits(t, []byte(input), func(pieces iter.Seq[[]byte]) string {
		tr := connectLines(framing.NewLines(&lmtp{}))
		for p := range pieces {
			tr.Feed(p)
		}
		tr.Clock.Advance(0)
		if got := tr.Value(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		return fmt.Sprint(tr.Value(), tr.Disconnected())
	})
}

func TestLineLimit(t *testing.T) {
	for _, tt := range []struct {
		name  string
		max   int
		input string
		want  []string
		lost  bool
	}{
		{"default, just fits", 0, strings.Repeat("x", 16384) + "\r\n", []string{strings.Repeat("x", 16384)}, false},
		{"default, one more", 0, strings.Repeat("x", 16385) + "\r\n", nil, true},
		{"no delimiter yet, may still fit", 5, "12345\r", nil, false},
		{"no delimiter and too long", 5, "1234567", nil, true},
		{"the delimiter does not count", 5, "12345\r\n", []string{"12345"}, false},
		{"lines before it are delivered", 5, "a\r\n123456\r\nb\r\n", []string{"a"}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			protocoltest.Splits(t, []byte(tt.input), func(pieces iter.Seq[[]byte]) string {
				var h lineLog
				l := &framing.Lines{Handler: &h, MaxLength: tt.max}
				tr := connectLines(l)
				for p := range pieces {
					tr.Feed(p)
				}
				tr.Clock.Advance(0)
				if !slices.Equal(h.events, tt.want) || tr.Disconnected() != tt.lost {
					t.Errorf("got %.80q, lost %v; want %.80q, %v", h.events, tr.Disconnected(), tt.want, tt.lost)
				}
				tooLong := new(framing.LineTooLongError)
				if tt.lost && (!errors.Is(h.reason, protocol.ErrProtocolViolation) || !errors.As(h.reason, &tooLong) || l.Broken() == nil) {
					t.Errorf("lost by %v", h.reason)
				}
				return fmt.Sprint(h.events, h.reason)
			})
		})
	}
}

type forgiving struct{ lineLog }

func (h *forgiving) LineLengthExceeded(c *framing.Lines, start []byte) {
	h.events = append(h.events, "too long:"+string(start))
}

func TestLongLineHandlerSkipsTheLine(t *testing.T) {
	protocoltest.Splits(t, []byte("a\r\n123456789\rx\r\nb\r\nabcdef\r\n\r\n"), func(pieces iter.Seq[[]byte]) string {
		var h forgiving
		tr := connectLines(&framing.Lines{Handler: &h, MaxLength: 5})
		for p := range pieces {
			tr.Feed(p)
		}
		if want := []string{"a", "too long:12345", "b", "too long:abcde", ""}; !slices.Equal(h.events, want) {
			t.Errorf("got %q, want %q", h.events, want)
		}
		return fmt.Sprintf("%q", h.events)
	})
}

func TestPauseHoldsBufferedLines(t *testing.T) {
	var h lineLog
	h.do = func(c *framing.Lines, line string) {
		if line == "pause" {
			c.Pause()
		}
	}
	l := framing.NewLines(&h)
	tr := connectLines(l)
	tr.FeedString("a\r\npause\r\nb\r\nc")
	if want := []string{"a", "pause"}; !slices.Equal(h.events, want) || tr.ProducerState() != protocoltest.Paused {
		t.Fatalf("got %q, transport %v; want %q, paused", h.events, tr.ProducerState(), want)
	}
	l.DataReceived(tr, []byte("\r\n")) // was on its way
	l.Resume()
	if len(h.events) != 2 {
		t.Fatal("a line was delivered inside Resume")
	}
	tr.Clock.Advance(0)
	if want := []string{"a", "pause", "b", "c"}; !slices.Equal(h.events, want) || tr.ProducerState() != protocoltest.Producing {
		t.Fatalf("got %q, transport %v; want %q, producing", h.events, tr.ProducerState(), want)
	}
}

func TestPauseAndResumeInsideAHandler(t *testing.T) {
	var h lineLog
	h.do = func(c *framing.Lines, _ string) { c.Pause(); c.Resume() }
	tr := connectLines(framing.NewLines(&h))
	tr.FeedString("a\r\nb\r\n")
	if want := []string{"a", "b"}; !slices.Equal(h.events, want) {
		t.Errorf("got %q, want %q", h.events, want)
	}
}

func TestWhatIsHeldWhilePausedIsBounded(t *testing.T) {
	var h lineLog
	l := framing.NewLines(&h)
	tr := connectLines(l)
	l.Pause()
	for i := 0; !tr.Disconnecting(); i++ {
		if i == 1000 {
			t.Fatal("64 MB were taken")
		}
		l.DataReceived(tr, make([]byte, 65536)) // a transport that does not pause
	}
	tr.Clock.Advance(0)
	if !errors.Is(h.reason, protocol.ErrProtocolViolation) {
		t.Errorf("lost by %v", h.reason)
	}
}

func TestNothingIsDeliveredAfterClosing(t *testing.T) {
	for name, end := range map[string]func(*framing.Lines){
		"LoseConnection":  (*framing.Lines).LoseConnection,
		"AbortConnection": (*framing.Lines).AbortConnection,
		"Stop":            func(c *framing.Lines) { c.Stop(nil) },
	} {
		t.Run(name, func(t *testing.T) {
			var h lineLog
			h.do = func(c *framing.Lines, _ string) { end(c) }
			l := framing.NewLines(&h)
			tr := connectLines(l)
			tr.FeedString("a\r\nb\r\n")
			l.DataReceived(tr, []byte("c\r\n"))
			l.Pause()
			l.Resume()
			tr.Clock.Advance(0)
			if want := []string{"a"}; !slices.Equal(h.events, want) || !tr.Disconnected() {
				t.Errorf("got %q, lost %v; want %q, true", h.events, tr.Disconnected(), want)
			}
			if !errors.Is(h.reason, net.ErrClosed) || l.Broken() != nil {
				t.Errorf("lost by %v, broken %v", h.reason, l.Broken())
			}
		})
	}
}

func TestPeerClosesInTheMiddle(t *testing.T) {
	var h lineLog
	tr := connectLines(framing.NewLines(&h))
	tr.FeedString("a\r\nunfinished")
	tr.FeedEOF()
	if !errors.Is(h.reason, io.EOF) || !slices.Equal(h.events, []string{"a"}) {
		t.Errorf("lost by %v after %q", h.reason, h.events)
	}
}

func TestDeliveryIsNotReentrant(t *testing.T) {
	var h lineLog
	depth := 0
	h.do = func(c *framing.Lines, line string) {
		if depth++; depth > 1 {
			t.Error("a line was delivered inside another")
		}
		if line == "a" {
			c.DataReceived(c.Transport, []byte("c\r\n"))
			c.DataReceived(c.Transport, []byte("d\r\n"))
		}
		depth--
	}
	tr := connectLines(framing.NewLines(&h))
	tr.FeedString("a\r\nb\r\n")
	if want := []string{"a", "b", "c", "d"}; !slices.Equal(h.events, want) {
		t.Errorf("got %q, want %q", h.events, want)
	}
}

func TestALineStaysWholeWhileInputIsQueued(t *testing.T) {
	l := framing.NewLines(framing.LineHandlerFunc(func(c *framing.Lines, line []byte) {
		if !strings.HasPrefix(string(line), "first") {
			return
		}
		before := string(line)
		c.DataReceived(c.Transport, []byte(strings.Repeat("y", 3000)+"\r\n"))
		if string(line) != before {
			t.Error("queueing input changed the line in use")
		}
	}))
	tr := connectLines(l)
	tr.FeedString("first" + strings.Repeat("x", 2000)) // so that it lies in the buffer
	tr.FeedString("\r\n")
}

func TestRawModeFromOutside(t *testing.T) {
	var h lineLog
	l := framing.NewLines(&h)
	tr := connectLines(l)
	l.SetRawMode()
	tr.FeedString("a\r\nb")
	l.SetLineMode([]byte("extra\r\nhalf"))
	if l.RawMode() || len(h.events) != 1 {
		t.Fatalf("raw %v, events %q", l.RawMode(), h.events)
	}
	tr.Clock.Advance(0)
	tr.FeedString(" whole\r\n")
	if want := []string{"raw:a\r\nb", "extra", "half whole"}; !slices.Equal(h.events, want) {
		t.Errorf("got %q, want %q", h.events, want)
	}
}

func TestRawModeNeedsAHandler(t *testing.T) {
	l := framing.NewLines(framing.LineHandlerFunc(func(*framing.Lines, []byte) {}))
	connectLines(l)
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	l.SetRawMode()
}

func TestClearLineBuffer(t *testing.T) {
	var h lineLog
	var cleared string
	h.do = func(c *framing.Lines, line string) {
		if line == "clear" {
			cleared = string(c.ClearLineBuffer())
		}
	}
	tr := connectLines(framing.NewLines(&h))
	tr.FeedString("clear\r\nb\r\nhalf")
	tr.FeedString("c\r\n")
	if want := []string{"clear", "c"}; !slices.Equal(h.events, want) || cleared != "b\r\nhalf" {
		t.Errorf("got %q and cleared %q", h.events, cleared)
	}
}

// What came in plain text behind STARTTLS is dropped when the connection is upgraded.
func TestDiscardBuffered(t *testing.T) {
	var h lineLog
	h.do = func(c *framing.Lines, line string) {
		if line == "STARTTLS" {
			d, ok := protocol.As[protocol.BufferDiscarder](protocol.Protocol(c))
			if !ok || d.DiscardBuffered() != len("injected\r\n") {
				t.Error("not discarded")
			}
		}
	}
	tr := connectLines(framing.NewLines(&h))
	tr.FeedString("STARTTLS\r\ninjected\r\n")
	if want := []string{"STARTTLS"}; !slices.Equal(h.events, want) {
		t.Errorf("got %q, want %q", h.events, want)
	}
	if n := framing.NewLines(&h).DiscardBuffered(); n != 0 {
		t.Errorf("%d bytes before the connection", n)
	}
}

type secured struct {
	lineLog
	handshakes int
}

func (h *secured) HandshakeCompleted(*framing.Lines) { h.handshakes++ }

func TestHandshakeIsPassedOn(t *testing.T) {
	var h secured
	l := framing.NewLines(&h)
	tr := connectLines(l)
	listener, _ := protocol.As[protocol.HandshakeListener](protocol.Protocol(l))
	listener.HandshakeCompleted(tr)
	if h.handshakes != 1 {
		t.Errorf("told %d times", h.handshakes)
	}
}

func TestSendLine(t *testing.T) {
	l := &framing.Lines{Handler: &lineLog{}, Delimiter: "\n"}
	tr := connectLines(l)
	l.SendLine([]byte("bytes"))
	l.SendLineString("string")
	if want := []string{"bytes\n", "string\n"}; !slices.Equal(tr.Writes(), want) {
		t.Errorf("wrote %q, want %q", tr.Writes(), want)
	}
	l.LoseConnection()
	if err := l.SendLine(nil); !errors.Is(err, net.ErrClosed) {
		t.Errorf("after closing: %v, want net.ErrClosed", err)
	}
}

func TestLineParserRange(t *testing.T) {
	p := framing.LineParser{MaxLength: 5}
	p.Feed([]byte("a\r\nb\r\nmuch too long\r\nc\r\nd"))
	for line := range p.Lines() {
		if string(line) != "a" {
			t.Errorf("got %q", line)
		}
		break // pauses
	}
	var got []string
	for line, err := range p.Lines() {
		got = append(got, fmt.Sprintf("%s %v", line, err != nil))
	}
	if want := []string{"b false", "much  true", "c false"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if p.Buffered() != 1 || string(p.Clear()) != "d" || p.Buffered() != 0 {
		t.Error("the rest is not there, or not cleared")
	}
}

func TestLineParserHoldsNoMoreThanOneLine(t *testing.T) {
	p := framing.LineParser{MaxLength: 100}
	for range 10000 {
		p.Feed([]byte("never an end "))
		for range p.Lines() {
		}
		if p.Buffered() > 102 {
			t.Fatalf("%d bytes are held", p.Buffered())
		}
	}
}

func TestAllocLines(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	n := 0
	l := framing.NewLines(framing.LineHandlerFunc(func(*framing.Lines, []byte) { n++ }))
	tr := connectLines(l)
	input := []byte(strings.Repeat("a line of some length\r\n", 100))
	if got := testing.AllocsPerRun(100, func() { l.DataReceived(tr, input) }); got != 0 {
		t.Errorf("%v allocations for 100 lines that arrive whole, want 0", got)
	}
	if n != 101*100 {
		t.Errorf("%d lines", n)
	}
}

func FuzzLines(f *testing.F) {
	f.Add([]byte("a\r\nb\r\n"), "\r\n", uint8(10))
	f.Add([]byte("aaabaaa"), "aa", uint8(1))
	f.Fuzz(func(t *testing.T, input []byte, delimiter string, limit uint8) {
		if len(input) > 300 {
			return
		}
		protocoltest.Splits(t, input, func(pieces iter.Seq[[]byte]) string {
			p := framing.LineParser{Delimiter: delimiter, MaxLength: int(limit)}
			var b strings.Builder
			for piece := range pieces {
				p.Feed(piece)
				for line, err := range p.Lines() {
					if limit > 0 && len(line) > int(limit) {
						t.Fatalf("a line of %d bytes, with a limit of %d", len(line), limit)
					}
					fmt.Fprintf(&b, "%q %v\n", line, err)
				}
				if limit > 0 && p.Buffered() > int(limit)+max(2, len(delimiter)) {
					t.Fatalf("%d bytes are held, with a limit of %d", p.Buffered(), limit)
				}
			}
			return b.String()
		})
	})
}

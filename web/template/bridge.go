// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package template

import (
	"bytes"
	"errors"
	htmltemplate "html/template"
	"sync"

	"github.com/torsion-go/torsion/core/deferred"
)

// Execute returns a node that is t executed with data, a template of html/template that escapes for itself. Within a request it is executed on a goroutine of its own, beside the
// loop, and no further ahead of the output than 64 KiB: so data may block, and has to be safe there. The goroutine ends with the template, or, when the output is not wanted any
// more, at its next write. Without a request it is executed in place.
func Execute(t *htmltemplate.Template, data any) Node { return execution{t, data} }

type execution struct {
	t    *htmltemplate.Template
	data any
}

func (m *machine) execute(x execution, e env) error {
	loop := m.loop()
	if loop == nil {
		var b bytes.Buffer
		if err := x.t.Execute(&b, x.data); err != nil {
			return err
		}
		return m.visit(HTML(b.String()), e)
	}
	p := &pipe{chunks: make(chan []byte), stop: make(chan struct{})} // unbuffered: what is written waits to be taken
	// It ends with the template; see Execute.
	go func() {
		defer close(p.chunks)
		defer func() {
			if v := recover(); v != nil {
				p.err = deferred.Recovered(v)
			}
		}()
		if p.err = x.t.Execute(p, x.data); p.err == nil {
			p.err = p.flush()
		}
	}()
	return m.push(frame{kind: kindIter, root: x, env: e, stop: sync.OnceFunc(func() { close(p.stop) }), next: func() (Node, bool) {
		if p.over {
			return nil, false
		}
		d := deferred.FromChan(loop, p.chunks)
		return deferred.ThenBoth(d, func(b []byte, err error) (Node, error) {
			if errors.Is(err, deferred.ErrClosed) {
				p.over = true
				return nil, p.err
			}
			return HTML(b), err
		}), true
	}})
}

// pipe hands what the template writes over to the loop.
type pipe struct {
	buf    []byte
	chunks chan []byte
	stop   chan struct{} // closed when nobody wants more
	err    error         // of the template; written before chunks is closed
	over   bool          // loop only
}

var errUnwanted = errors.New("template: nobody wants the output")

func (p *pipe) Write(b []byte) (int, error) {
	p.buf = append(p.buf, b...)
	if len(p.buf) < blockSize {
		return len(b), nil
	}
	return len(b), p.flush()
}

func (p *pipe) flush() error {
	select {
	case p.chunks <- p.buf:
		p.buf = nil
		return nil
	case <-p.stop:
		return errUnwanted
	}
}

// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package form

import (
	"io"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/web"
)

// Stream reads a multipart form and calls open for each part. What open returns is given the part's content, in pieces that are lent, and closed at its end; nil means that the content is
// dropped. An error of open, Write or Close ends the form: the Deferred fails with it, and a writer that is not closed then will not be. They run on the loop and must not block; [web.Request.PauseBody] holds the client up.
// Of the limits MaxSize, MaxParts and MaxHeader apply. Loop only.
func Stream(r *web.Request, config Config, open func(p *Part) (io.WriteCloser, error)) *deferred.Deferred[struct{}] {
	config = config.withDefaults()
	var stop func()
	d := deferred.NewCancellable(r.Loop(), func(*deferred.Deferred[struct{}]) { stop() })
	stop = read(r, &config, &streamer{open: open}, nil, func(err error) {
		if err != nil {
			d.Errback(err)
		} else {
			d.Callback(struct{}{})
		}
	})
	return d
}

type streamer struct {
	open func(p *Part) (io.WriteCloser, error)
	w    io.WriteCloser
}

func (s *streamer) begin(p *Part) (err error) {
	s.w, err = s.open(p)
	return err
}

func (s *streamer) data(p []byte) error {
	if s.w == nil {
		return nil
	}
	_, err := s.w.Write(p)
	return err
}

func (s *streamer) end() error {
	if s.w == nil {
		return nil
	}
	return s.w.Close()
}

// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package compress

import (
	"bytes"
	"fmt"
	"io"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/torsion-go/torsion/web"
)

// ratioFree is the size of a decoded body up to which its ratio does not matter: short texts of spaces are harmless.
const ratioFree = 1 << 20

// decoders make readers of coded bodies, and functions that end them.
var decoders = map[string]func(body io.Reader) (io.Reader, func(), error){
	"gzip": func(body io.Reader) (io.Reader, func(), error) {
		r, err := gzip.NewReader(body)
		return r, func() {}, err
	},
	"zstd": func(body io.Reader) (io.Reader, func(), error) {
		// RFC 9659: the window of a content coding is 8 MiB at most.
		r, err := zstd.NewReader(body, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(8<<20))
		if err != nil {
			return nil, nil, err
		}
		return r, r.Close, nil
	},
	"br": func(body io.Reader) (io.Reader, func(), error) {
		return brotli.NewReader(body), func() {}, nil
	},
}

// decodeAll decodes body, to at most size bytes and, beyond ratioFree, ratio times its length.
func decodeAll(name string, body []byte, size, ratio int64) ([]byte, error) {
	in := bytes.NewReader(body)
	r, end, err := decoders[name](in)
	if err != nil {
		return nil, fmt.Errorf("compress: request body: %w", err)
	}
	defer end()
	bound := min(size, max(ratioFree, ratio*int64(len(body))))
	var out bytes.Buffer
	n, err := io.Copy(&out, io.LimitReader(r, bound+1))
	switch {
	case n > bound:
		return nil, web.ErrBodyTooLarge
	case err != nil:
		return nil, fmt.Errorf("compress: request body: %w", err)
	case in.Len() > 0:
		return nil, fmt.Errorf("compress: request body: %d bytes behind the end", in.Len())
	}
	return out.Bytes(), nil
}

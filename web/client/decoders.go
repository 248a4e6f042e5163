// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package client

import (
	"bufio"
	"io"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"
)

// A decoder reads what src has coded, and is closed in the end.
type decoder func(src *bufio.Reader) (io.ReadCloser, error)

// decoders are those of the content codings (RFC 9110 section 8.4.1, RFC 7932, RFC 8878).
var decoders = map[string]decoder{
	"gzip":    func(src *bufio.Reader) (io.ReadCloser, error) { return gzip.NewReader(src) },
	"deflate": newDeflate,
	"br":      func(src *bufio.Reader) (io.ReadCloser, error) { return io.NopCloser(brotli.NewReader(src)), nil },
	"zstd": func(src *bufio.Reader) (io.ReadCloser, error) {
		// RFC 9659: the window of a content coding is 8 MiB at most. Without concurrency there are no goroutines.
		d, err := zstd.NewReader(src, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(8<<20))
		if err != nil {
			return nil, err
		}
		return d.IOReadCloser(), nil
	},
}

// newDeflate reads zlib (RFC 1950), which is what the coding means, or bare deflate (RFC 1951), which some servers send. The first two bytes of zlib are a multiple of 31, with 8 in
// the low half of the first; as deflate they would be a stored block whose padding is not zero, which no encoder writes.
func newDeflate(src *bufio.Reader) (io.ReadCloser, error) {
	b, err := src.Peek(2)
	if err != nil && err != io.EOF {
		return nil, err
	}
	if len(b) == 2 && b[0]&0xf == 8 && b[0]>>4 <= 7 && (int(b[0])<<8|int(b[1]))%31 == 0 {
		return zlib.NewReader(src)
	}
	return flate.NewReader(src), nil
}

// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reporter

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"time"

	"github.com/torsion-go/torsion/core/fspath"
)

// maxTimings bounds the file of times: some 500,000 tests.
const maxTimings = 64 << 20

// timings are times of tests by their ids. In its file they are an object of seconds.
type timings map[string]time.Duration

// readTimings reads a file, which need not be there yet.
func readTimings(file string) (timings, error) {
	t := timings{}
	if file == "" {
		return t, nil
	}
	f, err := os.Open(file)
	if errors.Is(err, fs.ErrNotExist) {
		return t, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reporter: times of the last run: %w", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxTimings+1))
	if err != nil {
		return nil, fmt.Errorf("reporter: times of the last run: %w", err)
	}
	if len(data) > maxTimings {
		return nil, fmt.Errorf("reporter: times of the last run: %s has more than %d bytes: remove it", file, maxTimings)
	}
	var secs map[string]float64
	if err := json.Unmarshal(data, &secs); err != nil {
		return nil, fmt.Errorf("reporter: times of the last run: %s: %w: remove it, or name another file", file, err)
	}
	for id, s := range secs {
		t[id] = time.Duration(s * float64(time.Second))
	}
	return t, nil
}

// write replaces the file by t, and what earlier has besides. The file is whole at every moment.
func (t timings) write(file string, earlier timings) error {
	if file == "" {
		return nil
	}
	secs := map[string]float64{}
	all := maps.Clone(earlier)
	maps.Copy(all, t)
	for id, d := range all {
		secs[id] = d.Seconds()
	}
	data, err := json.MarshalIndent(secs, "", "\t")
	if err != nil {
		return fmt.Errorf("reporter: times of this run: %w", err)
	}
	path, err := fspath.New(file)
	if err == nil {
		err = path.SetContent(append(data, '\n'), 0o644)
	}
	if err != nil {
		return fmt.Errorf("reporter: times of this run: %w", err)
	}
	return nil
}

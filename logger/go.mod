module github.com/torsion-go/torsion/logger

go 1.26.0

require go.uber.org/zap v1.28.0

require (
	go.uber.org/multierr v1.10.0 // indirect
	golang.org/x/sys v0.49.0 // indirect
	golang.org/x/term v0.47.0 // indirect
)

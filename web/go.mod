module github.com/torsion-go/torsion/web

go 1.26.0

require (
	github.com/torsion-go/torsion/core v0.1.0
)

module github.com/torsion-go/torsion/spread

go 1.26.0

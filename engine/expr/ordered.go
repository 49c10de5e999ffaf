package expr

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/common/types/traits"
)

// ordered turns Go values into CEL's so that a walk through a map takes its keys
// in their order: what is told of the same objects is the same text each time.
type ordered struct{ types.Adapter }

// NativeToValue implements types.Adapter.
func (o ordered) NativeToValue(value any) ref.Val {
	switch v := value.(type) {
	case map[string]any:
		return orderedMap{types.NewStringInterfaceMap(o, v)}
	case map[ref.Val]ref.Val:
		return orderedMap{types.NewRefValMap(o, v)}
	case []any:
		return types.NewDynamicList(o, v)
	}
	return o.Adapter.NativeToValue(value)
}

// orderedMap is a map whose keys come in their order.
type orderedMap struct{ traits.Mapper }

// Iterator implements traits.Iterable.
func (m orderedMap) Iterator() traits.Iterator {
	var keys []ref.Val
	for it := m.Mapper.Iterator(); it.HasNext() == types.True; {
		keys = append(keys, it.Next())
	}
	slices.SortFunc(keys, compareKeys)
	return types.NewRefValList(types.DefaultTypeAdapter, keys).Iterator()
}

// compareKeys orders keys by value, and those of types that have no common order
// by type.
func compareKeys(a, b ref.Val) int {
	if c, ok := a.(traits.Comparer); ok {
		if order, ok := c.Compare(b).(types.Int); ok {
			return int(order)
		}
	}
	return cmp.Or(cmp.Compare(a.Type().TypeName(), b.Type().TypeName()), cmp.Compare(fmt.Sprint(a.Value()), fmt.Sprint(b.Value())))
}

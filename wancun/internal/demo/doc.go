// Package demo holds the campaign of the December 2019 notice as data, with made-up entries below it.
//
// The campaign, its 40 stated figures, the province, the prefectures and the 19 counties are facts. Townships, villages,
// organizations, needs and deliveries are made by a generator that gives the same everywhere and always; their names
// say that they are examples. Their sums agree with the notice wherever it gives an item, and leave its gaps open where
// it does not: goods itemise to more than their headline, cash to about a fifth, services to a hundredth.
package demo

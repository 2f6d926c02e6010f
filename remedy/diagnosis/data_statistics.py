"""What the training split looks like in numbers."""

from __future__ import annotations

from dataclasses import dataclass

from remedy.plan import Task


@dataclass(frozen=True)
class FeatureStatistics:
    """One feature over all samples and steps; tokens are no features.

    Attributes:
        name: of the feature; with several inputs `input/feature`.
        input: the input that it belongs to.
        low: smallest finite value.
        high: largest finite value.
        mean: of the finite values.
        std: of the finite values; 0 if the feature never varies.
        missing: share of NaN.
        infinite: share of infinite values.
        binary: whether it holds two values only, as one-hot codes and flags do.
    """

    name: str
    input: str
    low: float
    high: float
    mean: float
    std: float
    missing: float = 0.0
    infinite: float = 0.0
    binary: bool = False


@dataclass(frozen=True)
class TargetStatistics:
    """One output of the target, in its own unit; of classes the indices.

    Attributes:
        name: of the column.
        low: smallest value.
        high: largest value.
        mean: of all values.
        std: likewise.
        distinct: number of different values.
        whole: whether all values are whole numbers.
    """

    name: str
    low: float
    high: float
    mean: float
    std: float
    distinct: int
    whole: bool


@dataclass(frozen=True)
class Leak:
    """A feature that gives the target away.

    Attributes:
        feature: its name; for windows that of the last step.
        correlation: with the target of the same sample, Pearson's.
    """

    feature: str
    correlation: float


@dataclass(frozen=True)
class SeriesStatistics:
    """The target as a series in time.

    Attributes:
        values: how many of them in a row were looked at.
        ljung_box_p: p value of the Ljung-Box test: how likely so much autocorrelation is in white noise.
        period: the lag of the first clear peak of the autocorrelation; `None` if it has none.
        period_strength: the autocorrelation there.
        window: steps that a sample sees.
        gain_of_longer_window: by how much the validation skill of a linear model grows when the window
            holds the whole period; `None` if there is none or it fits already.
        gain_low: lower end of that gain's interval.
    """

    values: int
    ljung_box_p: float
    period: int | None
    period_strength: float | None
    window: int
    gain_of_longer_window: float | None = None
    gain_low: float | None = None


@dataclass(frozen=True)
class DataStatistics:
    """The training split.

    Attributes:
        samples: in the training split.
        features: without tokens.
        targets: one per output.
        class_shares: share of each class, for `binary` and `multiclass`; of every label for `multilabel`.
        classes: the labels behind the shares, as far as they are known.
        repeated: share of the samples whose X and y an earlier sample has had already.
        contradictory: share of the samples whose X is that of another sample with another y.
        seen_in_validation: share of the validation samples whose X and y the training split holds, too.
        leaks: features that give the target away.
        series: `None` if the samples are no windows over a series, or the target holds classes.
    """

    task: Task
    samples: int
    features: tuple[FeatureStatistics, ...]
    targets: tuple[TargetStatistics, ...]
    class_shares: tuple[float, ...] = ()
    classes: tuple[str, ...] = ()
    repeated: float = 0.0
    contradictory: float = 0.0
    seen_in_validation: float = 0.0
    leaks: tuple[Leak, ...] = ()
    series: SeriesStatistics | None = None

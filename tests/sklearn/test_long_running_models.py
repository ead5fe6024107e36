"""Networks of PyTorch and Keras, where they are installed: what is tuned reaches them, for real."""

from __future__ import annotations

import os
import time

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import load_iris

from autotune import Float, Integer, Ordinal, Sequence, Space, StepSearchCV, verify
from autotune.study import Evaluated

X, y = load_iris(return_X_y=True)
X = X.astype(np.float32)


def tried(search, name):
    return [params[name] for params in search.cv_results_["params"]]


def test_skorch_networks_are_tuned_through_nested_parameters():
    torch = pytest.importorskip("torch")
    skorch = pytest.importorskip("skorch")
    callbacks = pytest.importorskip("skorch.callbacks")
    built, waited, sessions = [], [], []

    class Linear(torch.nn.Module):
        def __init__(self, sizes=(4,)):
            super().__init__()
            built.append(sizes)
            parts = [torch.nn.Linear(a, b) for a, b in zip((4, *sizes), (*sizes, 3), strict=True)]
            self.layers = torch.nn.Sequential(*parts)

        def forward(self, X):
            return self.layers(X)

    class Limit(callbacks.Callback):
        def __init__(self, seconds=60.0):
            self.seconds = seconds

        def on_train_begin(self, net, **kwargs):
            self.begin_ = time.monotonic()

        def on_epoch_end(self, net, **kwargs):
            if time.monotonic() - self.begin_ >= self.seconds:
                waited.append(self.seconds)
                raise KeyboardInterrupt

    network = skorch.NeuralNetClassifier(
        Linear,
        criterion=torch.nn.CrossEntropyLoss,
        callbacks=[("stopping", callbacks.EarlyStopping()), ("limit", Limit())],
        verbose=0,
    )
    space = Space(
        {
            "max_epochs": Integer(2, 6),
            "batch_size": Ordinal([16, 64]),
            "module__sizes": Sequence(of=Integer(2, 8), min_length=1, max_length=3),
            "callbacks__stopping__patience": Integer(1, 3),
            "callbacks__limit__seconds": Float(1e-9, 1e-6, log=True),
        }
    )
    search = StepSearchCV(
        network,
        space,
        n_trials=5,
        cv=2,
        random_state=0,
        between_trials=lambda: sessions.append(torch.manual_seed(0)),
    ).fit(X, y)
    assert verify(search.log_).passed
    assert not search.interrupted_
    assert set(tried(search, "module__sizes")) <= set(built)
    assert set(tried(search, "callbacks__limit__seconds")) <= set(waited)
    assert len(sessions) == 5
    best = search.best_estimator_
    assert len(best.history) == 1  # the limit is reached after an epoch
    assert best.callbacks[0][1].patience == search.best_params_["callbacks__stopping__patience"]
    with pytest.raises(ValueError, match=r"got unexpected argument.* modul__sizes"):
        StepSearchCV(network, {"modul__sizes": (2, 3)}, n_trials=1).fit(X, y)


def test_a_failing_network_is_a_failed_trial():
    torch = pytest.importorskip("torch")
    skorch = pytest.importorskip("skorch")
    network = skorch.NeuralNetClassifier(
        torch.nn.Linear, module__in_features=4, module__out_features=3, verbose=0, max_epochs=1
    )
    network.set_params(criterion=torch.nn.CrossEntropyLoss)
    search = StepSearchCV(
        network, {"module__in_features": [4, 5]}, n_trials=6, cv=2, random_state=0
    )
    with pytest.warns(Warning, match="trials failed"):
        search.fit(X, y)
    kinds = {
        e.measurement.failure.kind
        for e in search.log_.events()
        if isinstance(e, Evaluated) and e.measurement.failure
    }
    assert kinds == {"RuntimeError"}
    assert search.best_params_ == {"module__in_features": 4}


def test_keras_networks_with_callbacks_as_fit_parameters_and_a_schedule(monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", os.environ.get("KERAS_BACKEND", "torch"))
    pytest.importorskip("torch")
    keras = pytest.importorskip("keras")
    batches, cleared = [], []

    class Network(ClassifierMixin, BaseEstimator):
        def __init__(self, layers=(4,), batch_sizes=(32,), epochs=2, patience=2):
            self.layers = layers
            self.batch_sizes = batch_sizes
            self.epochs = epochs
            self.patience = patience

        def fit(self, X, y, callbacks=()):
            self.classes_ = np.unique(y)
            layers = [keras.layers.Dense(size, "relu") for size in self.layers]
            self.model_ = keras.Sequential([*layers, keras.layers.Dense(3, "softmax")])
            self.model_.compile("adam", "sparse_categorical_crossentropy")
            stop = keras.callbacks.EarlyStopping("loss", patience=self.patience)
            for size in self.batch_sizes:
                self.model_.fit(
                    X,
                    y,
                    batch_size=size,
                    epochs=self.epochs,
                    verbose=0,
                    callbacks=[stop, *callbacks],
                )
            return self

        def predict(self, X):
            return self.classes_[self.model_.predict(X, verbose=0).argmax(axis=1)]

    class Steps(keras.callbacks.Callback):
        def on_train_begin(self, logs=None):
            batches.append(self.params["steps"])

    def clear():
        cleared.append(1)
        keras.utils.clear_session()

    space = Space(
        {
            "layers": Sequence(of=Integer(2, 8), min_length=1, max_length=2),
            "batch_sizes": Sequence(of=Ordinal([15, 25]), min_length=1, max_length=3),
            "epochs": Integer(1, 2),
            "patience": Integer(1, 3),
        }
    )
    search = StepSearchCV(
        Network(), space, n_trials=4, cv=2, random_state=0, between_trials=clear, refit=False
    ).fit(X, y, callbacks=[Steps()])
    assert len(cleared) == 4
    expected = [75 // size for sizes in tried(search, "batch_sizes") for size in 2 * sizes]
    assert batches == expected
    assert verify(search.log_).passed

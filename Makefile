# For people who type make out of habit; the commands themselves are in package.json.
.PHONY: bench mlflow test

bench:
	npm run bench -- $(ARGS)

mlflow:
	npm run mlflow

test:
	npm test

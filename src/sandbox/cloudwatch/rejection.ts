/** The ways CloudWatch says no: a modelled error with the names each protocol gives it. */

export interface Rejected {
  /** The exception's name in AWS JSON, e.g. `InvalidParameterValueException`. */
  readonly name: string;
  /** The code of the query protocol, which clients of the JSON protocol get as well, e.g. `InvalidParameterValue`. */
  readonly code: string;
  readonly status: number;
}

/** A request CloudWatch refuses; the codecs turn it into the answer of their protocol. */
export class Rejection extends Error {
  readonly rejected: Rejected;
  constructor(rejected: Rejected, message: string) {
    super(message);
    this.name = rejected.name;
    this.rejected = rejected;
  }
}

const as =
  (name: string, code = name, status = 400) =>
  (message: string): Rejection =>
    new Rejection({ name, code, status }, message);

export const validationError = as('ValidationException', 'ValidationError');
export const invalidParameterValue = as('InvalidParameterValueException', 'InvalidParameterValue');
export const invalidCombination = as('InvalidParameterCombinationException', 'InvalidParameterCombination');
export const missingParameter = as('MissingRequiredParameterException', 'MissingParameter');
export const invalidNextToken = as('InvalidNextToken');
export const invalidFormat = as('InvalidFormatFault', 'InvalidFormat');
export const resourceNotFound = as('ResourceNotFound', 'ResourceNotFound', 404);
export const taggedResourceNotFound = as('ResourceNotFoundException', 'ResourceNotFoundException', 404);
export const unknownOperation = as('UnknownOperationException', 'InvalidAction');
export const serialization = as('SerializationException', 'MalformedInput');

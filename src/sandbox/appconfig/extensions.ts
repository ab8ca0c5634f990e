/** The traces extensions leave on a deployment: what applies to it, and what was invoked at an event. */
import type { JsonObject } from '../../core/json.ts';
import type { EventType } from './lifecycle.ts';
import type { SandboxExtension } from './operation.ts';

/** AppliedExtensions of a deployment. */
export function appliedExtensions(extensions: readonly SandboxExtension[]): readonly JsonObject[] {
  return extensions.map((extension) => ({
    ExtensionId: extension.id,
    ExtensionAssociationId: extension.associationId,
    VersionNumber: extension.version,
    Parameters: { ...extension.parameters },
  }));
}

/** ActionInvocations of an event; `newId` gives each its InvocationId. */
export function actionInvocations(
  extensions: readonly SandboxExtension[],
  type: EventType,
  newId: () => string,
): readonly JsonObject[] {
  return extensions
    .filter(({ on }) => on === undefined || on.includes(type))
    .map((extension) => ({
      ExtensionIdentifier: extension.id,
      ActionName: extension.actionName,
      Uri: extension.uri,
      RoleArn: extension.roleArn,
      ErrorMessage: extension.error?.message,
      ErrorCode: extension.error?.code,
      InvocationId: newId(),
    }));
}
